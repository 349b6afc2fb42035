/** What the person hears who picks up for a caller, before they are connected (`mode: warm`). */
import { recordOf } from './media-line.js';

interface WhisperWords {
  begin: string;
  /** How the call is taken: by whatever key, or by the one that the carrier wants named. */
  accept: { any: string; one: string };
}

/** By language; in another than these, in English. */
const words: Record<string, WhisperWords> & { en: WhisperWords } = {
  en: {
    begin: 'A caller is on the line for you.',
    accept: { any: 'To take the call, press any key.', one: 'To take the call, press one.' },
  },
  es: {
    begin: 'Hay una llamada para usted.',
    accept: { any: 'Para atenderla, pulse cualquier tecla.', one: 'Para atenderla, pulse uno.' },
  },
};

/**
 * @param packet the flow's: its `language`, and `brief`, what is known as it is spoken
 * @param accept how the call is taken; `none` where no key can be asked for
 */
export function whisperOf(
  packet: unknown,
  accept: 'any' | 'one' | 'none' = 'any',
): { language: string; texts: string[] } {
  const { language: given, brief } = recordOf(packet);
  const language = typeof given === 'string' ? given : 'en';
  const { begin, accept: how } = words[language.toLowerCase().split('-', 1)[0]!] ?? words.en;
  const known = Array.isArray(brief) ? brief.filter((one): one is string => typeof one === 'string') : [];
  return { language, texts: [begin, ...known, ...(accept === 'none' ? [] : [how[accept]])] };
}
