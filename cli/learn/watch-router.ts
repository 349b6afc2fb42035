/**
 * The router of a server, watched: what a model had to decide is kept for `flow learn`, some of what the machine decided is
 * shown to the model too, and turns that are no longer like the examples raise an alarm. All beside the calls, never in them.
 */
import type { Clock, Dialog, TurnTrace } from '../../engine/contracts.js';
import { wilsonInterval } from '../../intents/loop/interval.js';
import { DriftWatch } from '../../intents/loop/drift.js';
import type { Decided, RememberingRouter } from '../../intents/loop/remember-decisions.js';
import type { ModelAsked } from '../../intents/model-router.js';
import type { Log } from '../../runtime/observe/log.js';
import type { Counter, Metrics } from '../../runtime/observe/metrics.js';
import { wrapDialog } from '../../runtime/wrap-dialog.js';
import { FallbackFiles } from './fallbacks.js';

export interface WatchRouterOptions {
  home: string;
  clock: Clock;
  log: Log;
  /** How long lines are kept; 0 keeps none. */
  keepMs: number;
  /** The share of local decisions that a model is asked about, 0 to 1. */
  auditShare: number;
  /** From 0 to 1. Default `Math.random`. */
  random?: () => number;
}

/** An agent as far as it is watched. */
export interface WatchedAgent {
  agent: { name: string };
  router: RememberingRouter;
}

/** Rules of the trace that a model had a part in. */
const byModel: ReadonlySet<string> = new Set(['model', 'model-values', 'model-none']);
/** What came of it when it gave nothing, where it was asked. */
const notByModel: ReadonlySet<string> = new Set(['unsure', 'nothing-fits']);
/** Turns that the router decided by its probability: exact words and rules say nothing of drift. */
const byRouter: ReadonlySet<string> = new Set([
  'router',
  'values-tell',
  'unsure',
  'nothing-fits',
  'model',
  'model-none',
]);
/** A background question may take this long; then it is dropped. */
const auditMs = 10_000;
const mostAudits = 4;
/** From so many on, a rate of disagreement is told in the log, and again each time there are as many more. */
const auditsTold = 50;

export class RouterWatch {
  readonly #options: WatchRouterOptions;
  readonly #files: FallbackFiles | undefined;
  readonly #drift = new Map<string, DriftWatch>();
  readonly #audits = new Map<string, { asked: number; against: number }>();
  #counters: { turns: Counter; asked: Counter; audits: Counter; alarms: Counter } | undefined;
  readonly #running = new Set<Promise<void>>();

  constructor(options: WatchRouterOptions) {
    this.#options = options;
    const { home, clock, log, keepMs } = options;
    if (keepMs > 0)
      this.#files = new FallbackFiles(home, {
        clock,
        keepMs,
        onProblem: (problem) => log.warn('what the model was asked is not kept', { problem }),
      });
  }

  /** Adds what is counted of routers to the server's numbers. */
  count(metrics: Metrics): void {
    this.#counters = {
      turns: metrics.counter('router_turns_total', 'Turns of callers, by who decided what was meant.'),
      asked: metrics.counter(
        'router_model_questions_total',
        'Questions to the language model, by what it said and whether the answer was known (cached: exact, near, no).',
      ),
      audits: metrics.counter('router_audits_total', 'Local decisions shown to the model, by whether it agreed.'),
      alarms: metrics.counter('router_drift_alarms_total', 'Times that turns were not like the examples any more.'),
    };
  }

  /** A question to the model, as the router tells of it. */
  readonly asked = ({ answer, cached }: ModelAsked): void => {
    this.#counters?.asked.add({ answer, cached: cached ?? 'no' });
  };

  /** The dialog, with its turns looked at when they are done. */
  watch(dialog: Dialog, watched: WatchedAgent): Dialog {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const watch = this;
    return wrapDialog(dialog, {
      turn: (input, run) =>
        (async function* () {
          for await (const out of dialog.turn(input, run)) {
            if (out.kind === 'trace') watch.#see(out.trace, out.masked ?? out.trace, watched);
            yield out;
          }
        })(),
    });
  }

  /** Resolves when nothing is asked or written any more. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
    await this.#files?.close();
  }

  #see(trace: TurnTrace, masked: TurnTrace, watched: WatchedAgent): void {
    const { rule, text, route } = trace;
    if (trace.input !== 'utterance' || rule === undefined || text === undefined) return;
    const { name } = watched.agent;
    this.#counters?.turns.add({ agent: name, route: route ?? 'none' });
    const isByModel = byModel.has(rule);
    if (byRouter.has(rule)) this.#noteDrift(trace, watched);
    if (isByModel || (notByModel.has(rule) && trace.llmCalls > 0)) {
      this.#files?.add(name, {
        kind: 'fallback',
        text: masked.text ?? '',
        state: stateOf(trace),
        ...languageOf(watched.router.decided(text)),
        ...(rule === 'model' && trace.intent !== undefined && { intent: trace.intent }),
        ...(rule === 'model-none' && { none: true as const }),
        candidates: trace.candidates,
      });
    } else if (rule === 'router' && trace.intent !== undefined) this.#audit(text, masked, trace, watched);
  }

  #noteDrift({ score = 0, route }: TurnTrace, { agent: { name }, router }: WatchedAgent): void {
    let drift = this.#drift.get(name);
    if (!drift) this.#drift.set(name, (drift = new DriftWatch(router.report().expected?.accepted)));
    for (const { of, now, expected, by, turns } of drift.add({ score, local: route === 'local' })) {
      this.#counters?.alarms.add({ agent: name, of });
      this.#options.log.warn(
        of === 'confidence' ? 'callers talk less like the examples' : 'more turns than expected are not decided here',
        { agent: name, now: round(now), expected: round(expected), by, turns, cure: `flow learn` },
      );
    }
  }

  #audit(text: string, masked: TurnTrace, trace: TurnTrace, { agent: { name }, router }: WatchedAgent): void {
    const { auditShare, random = Math.random, clock, log } = this.#options;
    if (auditShare <= 0 || this.#running.size >= mostAudits || random() >= auditShare) return;
    const decided = router.decided(text);
    if (!decided || decided.decision.kind !== 'accept') return;
    const { intent: local } = decided.decision;
    const controller = new AbortController();
    const cancel = clock.at(clock.now() + auditMs, () => controller.abort());
    const asking = router
      .secondOpinion(decided.request, controller.signal)
      .then((verdict) => {
        if (verdict?.kind !== 'intent' && verdict?.kind !== 'none') return;
        const agrees = verdict.kind === 'intent' && verdict.intent === local;
        this.#counters?.audits.add({ agent: name, agrees: String(agrees) });
        const tally = this.#audits.get(name) ?? { asked: 0, against: 0 };
        this.#audits.set(name, tally);
        tally.asked += 1;
        if (!agrees) tally.against += 1;
        this.#files?.add(name, {
          kind: 'audit',
          text: masked.text ?? '',
          state: stateOf(trace),
          ...languageOf(decided),
          local,
          ...(verdict.kind === 'intent' ? { intent: verdict.intent } : { none: true as const }),
          candidates: trace.candidates,
        });
        if (tally.asked % auditsTold === 0) {
          const { share, low, high } = wilsonInterval(tally.against, tally.asked);
          log.info('the model disagrees with local decisions', { agent: name, share: round(share), low: round(low), high: round(high), of: tally.asked }); // prettier-ignore
        }
      })
      .catch(() => undefined)
      .finally(() => {
        cancel();
        this.#running.delete(asking);
      });
    this.#running.add(asking);
  }
}

function languageOf(decided: Decided | undefined): { language?: string } {
  return decided ? { language: decided.request.language } : {};
}

function stateOf({ flow, state }: TurnTrace): string {
  return flow === null ? state : `${flow}/${state}`;
}

const round = (share: number): number => Math.round(share * 1000) / 1000;
