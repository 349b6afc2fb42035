/** What the person hears who picks up for a caller, before they are connected (`mode: warm`). */
import { recordOf } from './media-line.js';

interface WhisperWords {
  begin: string;
  accept: string;
}

/** By language; in another than these, in English. */
const words: Record<string, WhisperWords> & { en: WhisperWords } = {
  en: { begin: 'A caller is on the line for you.', accept: 'To take the call, press any key.' },
  es: { begin: 'Hay una llamada para usted.', accept: 'Para atenderla, pulse cualquier tecla.' },
};

/** @param packet the flow's: its `language`, and `brief`, what is known as it is spoken */
export function whisperOf(packet: unknown): { language: string; texts: string[] } {
  const { language: given, brief } = recordOf(packet);
  const language = typeof given === 'string' ? given : 'en';
  const { begin, accept } = words[language.toLowerCase().split('-', 1)[0]!] ?? words.en;
  const known = Array.isArray(brief) ? brief.filter((one): one is string => typeof one === 'string') : [];
  return { language, texts: [begin, ...known, accept] };
}
