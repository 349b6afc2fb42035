/** How a call behaves where the flow says nothing: times and a few words, each with its meaning. */

/** How the call behaves where the flow says nothing. Every number is a starting point, see runtime/README.md. */
export interface Manners {
  /** Audio handed to the line ahead of the moment it is due. */
  leadMs: number;
  /** How often frames are handed over, a multiple of 20: each time costs the call a step and the line a message. */
  pumpMs: number;
  /** One mark for so much audio. */
  markMs: number;
  /** A mark later than this: the line is taken not to answer marks. */
  markOverdueMs: number;
  /** A mark so much later than the clock says: the clock is believed until it comes. */
  markLateMs: number;
  /** Held, and the caller talks on without words: the agent gives way. */
  decideMs: number;
  /** Held, and nothing was said: the agent goes on. */
  falseInterruptionMs: number;
  /** As above, where nothing of the reply had been sent. */
  resumeUnsentMs: number;
  /** From the end of speech: how long a final transcript may take. */
  finalBudgetMs: number;
  /** How long the turn model may think; after that it is as if there were none. */
  judgeMs: number;
  /** Speech that begins so soon after the agent's first sound goes on with what was said before it. */
  withdrawMs: number;
  /**
   * Work ahead of the commit: after an interim transcript that stands for so long, or in a pause that lasts so long
   * though the recogniser has not read all of the speech; so often in a turn, not in long ones.
   */
  stableMs: number;
  readMs: number;
  rehearsals: number;
  rehearseWithinMs: number;
  /** Speech without words shorter than this is a noise, longer is `not_heard`. */
  notHeardMs: number;
  voiceFirstByteMs: number;
  voiceGapMs: number;
  /** Take the agent's own first words, heard again, for an echo. */
  suppressEcho: boolean;
  /** This many sentences in a row without a voice end the call. */
  voiceFailures: number;
  fillerEveryMs: number;
  fillerMax: number;
  /** A turn of the dialog that gives nothing for so long is taken for dead; while a tool runs, the second. */
  dialogSilentMs: number;
  dialogToolMs: number;
  /** We placed the call: nothing is said before it is known whether a person took it. */
  detectsMachine: boolean;
  /** Nobody says anything: a person. */
  verdictMs: number;
  /** A person's greeting is no longer than this, and this long is the pause after it. */
  greetingMs: number;
  greetingPauseMs: number;
  /** After a machine's greeting, where no beep is heard of; and how long the greeting may last. */
  machinePauseMs: number;
  machineMs: number;
  /** A transfer the carrier never answers. */
  transferMs: number;
  /** Keys typed ahead of their question wait so long. */
  keysAheadMs: number;
  /** Between the last heard word of a farewell and hanging up. */
  afterFarewellMs: number;
  /** The line is gone: time for the last words, and for everything. */
  flushMs: number;
  closeMs: number;
  /** The line is gone and a tool must finish: time for it. */
  toolGraceMs: number;
  maxCallMs: number;
  /** The warning comes so long before the end. */
  warnBeforeMs: number;
  /** Said by the call itself, by language (`es`); in another language than these, in English. */
  words: Readonly<Record<string, CallWords>> & { en: CallWords };
}

export interface CallWords {
  apology: string;
  warning: string;
  farewell: string;
  deaf: string;
}

export const defaultManners: Manners = {
  leadMs: 200,
  pumpMs: 60,
  markMs: 100,
  markOverdueMs: 1500,
  markLateMs: 300,
  decideMs: 600,
  falseInterruptionMs: 1500,
  resumeUnsentMs: 300,
  finalBudgetMs: 1500,
  judgeMs: 400,
  withdrawMs: 250,
  stableMs: 400,
  readMs: 150,
  rehearsals: 3,
  rehearseWithinMs: 10_000,
  notHeardMs: 700,
  voiceFirstByteMs: 2000,
  voiceGapMs: 2000,
  suppressEcho: true,
  voiceFailures: 3,
  fillerEveryMs: 6000,
  fillerMax: 3,
  dialogSilentMs: 15_000,
  dialogToolMs: 120_000,
  detectsMachine: false,
  verdictMs: 6000,
  greetingMs: 2500,
  greetingPauseMs: 500,
  machinePauseMs: 3000,
  machineMs: 30_000,
  transferMs: 120_000,
  keysAheadMs: 10_000,
  afterFarewellMs: 200,
  flushMs: 1000,
  closeMs: 3000,
  toolGraceMs: 20_000,
  maxCallMs: 60 * 60_000,
  warnBeforeMs: 30_000,
  words: {
    en: {
      apology: 'Sorry, something went wrong on our side. Please call again later. Goodbye.',
      warning: 'Just so you know, this call has to end in half a minute.',
      farewell: 'Our time is up, so I have to end this call now. Goodbye.',
      deaf: "I'm sorry, I can't hear you at the moment. Please use the keys of your phone.",
    },
    es: {
      apology: 'Lo siento, algo ha fallado por nuestra parte. Llame más tarde, por favor. Adiós.',
      warning: 'Le aviso de que esta llamada se corta dentro de medio minuto.',
      farewell: 'Se nos ha acabado el tiempo y tengo que cortar la llamada. Adiós.',
      deaf: 'Lo siento, ahora mismo no le oigo. Use las teclas del teléfono, por favor.',
    },
  },
};

/** The call's own words, in the language that is spoken now. */
export function ownWords({ manners, language }: { manners: Manners; language: string }): CallWords {
  return manners.words[language.toLowerCase().split('-', 1)[0]!] ?? manners.words.en;
}
