import { lettersOf } from './letters-of.js';

type Message = Record<string, unknown>;

/** What was said between two pauses, as an item of the session's conversation. */
interface Item {
  id: string;
  text: string;
  /** Its sound is whole and in the conversation. */
  isWhole: boolean;
  isTranscribed: boolean;
}

/** So many stay in the conversation: a turn that was merged with the one before it has some. */
const mostItems = 8;

/** The caller's sound that a Realtime session has, item by item, with what it was transcribed to. */
export class HeardSound {
  #items: Item[] = [];
  /** Of an ear that listens no longer: what still comes of them is not told. */
  readonly #past = new Set<string>();
  /** What is said now must not be listened to again. */
  isSecret = false;

  /** Nobody speaks, and all that was said is transcribed. */
  get isQuiet(): boolean {
    return this.#items.every(({ isWhole, isTranscribed }) => isWhole && isTranscribed);
  }

  /** @returns whether the ear is to hear of it, and items that the session no longer needs */
  take({ type, item_id: id, ...message }: Message): { isTold: boolean; over: string[] } {
    if (typeof id !== 'string' || typeof type !== 'string') return { isTold: true, over: [] };
    if (this.#past.has(id)) return { isTold: false, over: [] };
    switch (type) {
      case 'input_audio_buffer.speech_started':
        this.#item(id);
        break;
      case 'input_audio_buffer.committed':
        this.#item(id).isWhole = true;
        break;
      case 'conversation.item.input_audio_transcription.delta':
        this.#item(id).text += String(message.delta);
        break;
      case 'conversation.item.input_audio_transcription.completed':
        Object.assign(this.#item(id), { text: String(message.transcript), isWhole: true, isTranscribed: true });
        break;
      case 'conversation.item.input_audio_transcription.failed':
        this.#item(id).isTranscribed = true;
    }
    return { isTold: true, over: this.#over() };
  }

  /** Another ear begins: it hears anew what was open. @returns items that the session no longer needs */
  begin(): string[] {
    const items = this.#items;
    for (const { id } of items) this.#past.add(id);
    this.#items = [];
    return items.filter(({ isWhole }) => isWhole).map(({ id }) => id);
  }

  /** The sound of these words, if it was heard as they are: the newest items whose transcripts, one after another, are they. */
  of(text: string): string[] {
    const asked = lettersOf(text);
    if (asked === '') return [];
    for (let end = this.#items.length; end > 0; end--)
      for (let from = end - 1, letters = ''; from >= 0; from--) {
        letters = lettersOf(this.#items[from]!.text) + letters;
        if (letters.length > asked.length) break;
        const items = this.#items.slice(from, end);
        if (letters === asked && items.every(({ isWhole }) => isWhole)) return items.map(({ id }) => id);
      }
    return [];
  }

  #over(): string[] {
    const over = this.isSecret
      ? this.#items.filter(({ isTranscribed }) => isTranscribed)
      : this.#items.slice(0, Math.max(0, this.#items.length - mostItems));
    this.#items = this.#items.filter((item) => !over.includes(item));
    return over.map(({ id }) => id);
  }

  #item(id: string): Item {
    const known = this.#items.find((one) => one.id === id);
    if (known) return known;
    const item = { id, text: '', isWhole: false, isTranscribed: false };
    this.#items.push(item);
    return item;
  }
}
