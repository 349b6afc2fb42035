/** An event larger than this is no chat model's. */
const longestEvent = 1_000_000;

/**
 * The data of each server-sent event, in order. Reads what the wire allows: any line end, comments, data
 * over several lines, characters cut between chunks. An event that the stream's end cuts off is dropped.
 * WHATWG HTML, "Server-sent events", §9.2.6.
 * @throws RangeError when an event is larger than any honest server sends
 */
export async function* eventsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > longestEvent) throw new RangeError('event too long');
    // A lone \r at the end may be half of \r\n: it waits for what follows.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      }
    }
  }
}
