/** Speech probabilities in, the beginning and end of speech out. Pure. */

export interface GateOptions {
  /** Speech begins when `startFrames` of the last `startWindow` frames are at least this probable. */
  startProbability: number;
  startFrames: number;
  startWindow: number;
  /** Speech ends when every frame of `endMs` is less probable than this. */
  endProbability: number;
  endMs: number;
}

/** Measured on telephone speech with Silero: onset after 90 to 140 ms when clean, no end inside a word. */
export const defaultGate: GateOptions = {
  startProbability: 0.5,
  startFrames: 2,
  startWindow: 3,
  endProbability: 0.35,
  endMs: 96,
};

export interface GateEvent {
  kind: 'speech_started' | 'speech_ended';
  atMs: number;
}

export interface Gate {
  readonly speaking: boolean;
  /**
   * The next frame. Events are dated back: to the beginning of the first frame of speech, and to the end of the last.
   * @param endMs when the frame's last sample was said
   */
  push(probability: number, frame: { endMs: number; lengthMs: number }): GateEvent[];
}

export function createGate(options: GateOptions = defaultGate): Gate {
  let speaking = false;
  let recent: { speech: boolean; startMs: number }[] = [];
  let quietFromMs: number | undefined;

  return {
    get speaking() {
      return speaking;
    },
    push(probability, { endMs, lengthMs }) {
      const startMs = endMs - lengthMs;
      if (!speaking) {
        recent = [...recent, { speech: probability >= options.startProbability, startMs }].slice(-options.startWindow);
        const loud = recent.filter(({ speech }) => speech);
        if (loud.length < options.startFrames) return [];
        speaking = true;
        quietFromMs = undefined;
        recent = [];
        return [{ kind: 'speech_started', atMs: loud[0]!.startMs }];
      }
      if (probability >= options.endProbability) {
        quietFromMs = undefined;
        return [];
      }
      quietFromMs ??= startMs;
      if (endMs - quietFromMs < options.endMs) return [];
      speaking = false;
      return [{ kind: 'speech_ended', atMs: quietFromMs }];
    },
  };
}
