/**
 * One line an event, as JSON (pino) or for people. What a caller said, typed or is called goes only into the marked
 * fields below; they are dropped unless `words` is asked for.
 */
import { createRequire } from 'node:module';
import type { pino as Pino } from 'pino';
import type { Json } from '../../engine/contracts.js';

export type LogFields = Record<string, Json | undefined>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log whose lines all carry these fields. */
  child(fields: LogFields): Log;
}

/** Fields that hold a caller's words, digits or name. */
export const markedFields = ['said', 'heard', 'digits', 'slots', 'caller', 'from', 'to'] as const;

export interface LogOptions {
  /** `pretty` for a terminal, `json` for machines. */
  style: 'json' | 'pretty';
  /** Keep the marked fields: for a developer's own terminal only. */
  words?: boolean;
  write?: (line: string) => void;
  /** Calendar time, milliseconds since 1970. */
  date?: () => number;
}

type Level = 'info' | 'warn' | 'error';
type Sink = (level: Level, event: string, fields: LogFields) => void;

export function createLog(options: LogOptions): Log {
  const sink = sinks[options.style](options);
  return logOver((level, event, fields) => {
    sink(level, event, options.words ? fields : withoutMarked(fields));
  }, {});
}

/** For tests and for callers that want no log. */
export const silentLog: Log = logOver(() => {}, {});

/** A log that hands every line to a function: for reports and tests. */
export function logOver(sink: Sink, own: LogFields): Log {
  const at = (level: Level) => (event: string, fields?: LogFields) => {
    sink(level, event, { ...own, ...fields });
  };
  return {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => logOver(sink, { ...own, ...fields }),
  };
}

function withoutMarked(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !(markedFields as readonly string[]).includes(name)),
  );
}

const sinks: Record<LogOptions['style'], (options: LogOptions) => Sink> = {
  json: (options) => {
    // Loaded here: `flow check` never logs.
    const { pino } = createRequire(import.meta.url)('pino') as { pino: typeof Pino };
    const logger = pino(
      {
        base: null,
        messageKey: 'event',
        timestamp: () => `,"time":"${new Date(options.date?.() ?? Date.now()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      { write: (line: string) => void (options.write ?? toStderr)(line) },
    );
    return (level, event, fields) => {
      logger[level](fields, event);
    };
  },
  pretty: (options) => (level, event, fields) => {
    const time = new Date(options.date?.() ?? Date.now()).toISOString().slice(11, 23);
    const mark = { info: ' ', warn: '!', error: '✗' }[level];
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${typeof value === 'string' ? oneLine(value) : JSON.stringify(value)}`);
    (options.write ?? toStderr)(`${[time, mark, event, ...rest].join(' ')}\n`);
  },
};

/** Quoted when it has spaces; what a terminal would obey is written out. */
function oneLine(text: string): string {
  const quoted = /[\s\p{Cc}]/u.test(text) ? JSON.stringify(text) : text;
  return quoted.replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function toStderr(line: string): void {
  process.stderr.write(line);
}
