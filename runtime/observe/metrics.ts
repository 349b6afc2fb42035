/**
 * Numbers for whoever watches the server, in Prometheus' text format 0.0.4. Our own because it is all that is needed:
 * prom-client is as good, but would bring the OpenTelemetry API to everybody, which here is for those who want spans.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/** Names of a fixed list only: never a caller's words, number or name. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels: Labels, by?: number): void;
}

export interface Histogram {
  observe(labels: Labels, value: number): void;
}

/** So many label sets a metric, the rest is counted in one: whatever goes wrong, memory stays bounded. */
const mostSeries = 500;
const tooMany: Labels = { overflow: 'true' };

interface Series {
  labels: Labels;
  /** A counter has its value last; a histogram a count for each bucket and one for what is above them all. */
  counts: number[];
  sum: number;
}

export class Metrics {
  readonly #families: { name: string; help: string; type: string; lines: () => string[] }[] = [];

  /** A number that only grows. Its name ends with `_total`, or with its unit where it is money. */
  counter(name: string, help: string): Counter {
    const series = new Map<string, Series>();
    this.#families.push({
      name,
      help,
      type: 'counter',
      lines: () => [...series.values()].map(({ labels, sum }) => line(name, labels, sum)),
    });
    return {
      add: (labels, by = 1) => {
        seriesOf(series, labels, 0).sum += by;
      },
    };
  }

  /** A number as it is when it is asked for. */
  /** @param type `counter` for what only grows, and is counted elsewhere */
  gauge(name: string, help: string, read: () => number | undefined, type: 'gauge' | 'counter' = 'gauge'): void {
    this.#families.push({
      name,
      help,
      type,
      lines: () => {
        const value = read();
        return value === undefined ? [] : [line(name, {}, value)];
      },
    });
  }

  /** @param upTo the upper ends of the buckets, in rising order */
  histogram(name: string, help: string, upTo: readonly number[]): Histogram {
    const series = new Map<string, Series>();
    this.#families.push({
      name,
      help,
      type: 'histogram',
      lines: () => [...series.values()].flatMap((one) => bucketLines(name, upTo, one)),
    });
    return {
      observe: (labels, value) => {
        const one = seriesOf(series, labels, upTo.length + 1);
        const bucket = upTo.findIndex((end) => value <= end);
        one.counts[bucket < 0 ? upTo.length : bucket]! += 1;
        one.sum += value;
      },
    };
  }

  /** All of it, as `text/plain; version=0.0.4`. */
  text(): string {
    return this.#families
      .map(({ name, help, type, lines }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(), ''])
      .flatMap((family) => family.join('\n'))
      .join('');
  }
}

function seriesOf(all: Map<string, Series>, labels: Labels, buckets: number): Series {
  const key = JSON.stringify(labels);
  const known = all.get(key);
  if (known) return known;
  if (all.size >= mostSeries && labels !== tooMany) return seriesOf(all, tooMany, buckets);
  const fresh = { labels, counts: new Array<number>(buckets).fill(0), sum: 0 };
  all.set(key, fresh);
  return fresh;
}

/** Buckets as Prometheus has them: each counts what is in those below it too. */
function bucketLines(name: string, upTo: readonly number[], { labels, counts, sum }: Series): string[] {
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    const le = index < upTo.length ? String(upTo[index]) : '+Inf';
    return line(`${name}_bucket`, { ...labels, le }, below);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, below)];
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function line(name: string, labels: Labels, value: number): string {
  const inside = Object.entries(labels)
    .map(([key, text]) => `${key}="${text.replace(/[\\"\n]/g, (sign) => escapes[sign]!)}"`)
    .join(',');
  return `${name}${inside && `{${inside}}`} ${String(value)}`;
}
