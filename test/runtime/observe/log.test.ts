import { describe, expect, it } from 'vitest';
import { createLog } from '../../../runtime/observe/log.js';

const at = { date: () => Date.UTC(2026, 2, 2, 10, 0, 0, 5) };

function lines(options: { style: 'json' | 'pretty'; words?: boolean }): {
  log: ReturnType<typeof createLog>;
  written: string[];
} {
  const written: string[] = [];
  return { log: createLog({ ...options, ...at, write: (line) => void written.push(line) }), written };
}

describe('the log', () => {
  it('writes one line of JSON an event, with the fields of its parent', () => {
    const { log, written } = lines({ style: 'json' });
    log.child({ call: 'c1' }).warn('voice failed', { problem: 'gone', again: true });
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0]!)).toEqual({
      level: 'warn',
      time: '2026-03-02T10:00:00.005Z',
      event: 'voice failed',
      call: 'c1',
      problem: 'gone',
      again: true,
    });
  });

  it('writes one line for people', () => {
    const { log, written } = lines({ style: 'pretty' });
    log.info('call started', { call: 'c1', transport: 'twilio', note: 'two\nlines' });
    expect(written).toEqual(['10:00:00.005   call started call=c1 transport=twilio note="two\\nlines"\n']);
  });

  it('tells no terminal what to do', () => {
    const { log, written } = lines({ style: 'pretty' });
    log.warn('call not opened', { problem: '\u001b[2Jnone', note: 'a b\u009b' });
    expect(written.join('')).toBe('10:00:00.005 ! call not opened problem="\\u001b[2Jnone" note="a b\\u009b"\n');
  });

  it('drops what callers said, typed or are called, unless it is asked for', () => {
    const fields = { said: 'my name is Ann', digits: '4471', from: '+353', slots: { name: 'Ann' }, turn: 3 };
    for (const style of ['json', 'pretty'] as const) {
      const { log, written } = lines({ style });
      log.info('turn', fields);
      log.child(fields).error('turn', fields);
      expect(written.join('')).not.toMatch(/Ann|4471|353/);
      expect(written.join('')).toContain('turn');
      const open = lines({ style, words: true });
      open.log.info('turn', fields);
      expect(open.written.join('')).toContain('my name is Ann');
    }
  });
});
