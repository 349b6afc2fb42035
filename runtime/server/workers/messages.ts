/** What the process that listens and those that answer tell each other. All of it JSON; a socket goes with the first. */

/** How a worker stands: whoever listens sends new calls to the one that has the most room. */
export interface Standing {
  /** Those that run and those that are being opened. */
  calls: number;
  /** It would take another call now. */
  isOpen: boolean;
  /** Why not, where it is for lack of room. */
  full?: string;
}

/** What a worker knows of itself, for `/metrics` and `/health`. */
export interface WorkerFigures {
  /** Prometheus' text. */
  metrics: string;
  health: Record<string, unknown>;
}

export type ToWorker =
  /** A connection, and what was read of it already, in base64. */
  | { kind: 'socket'; bytes: string }
  | { kind: 'figures'; id: number }
  | { kind: 'reload' }
  /** Take no new calls; running ones get so long. Then exit: 1 when one was cut off. */
  | { kind: 'end'; withinMs: number }
  | CircuitNews;

export type FromWorker =
  | { kind: 'standing'; standing: Standing }
  | ({ kind: 'figures'; id: number } & WorkerFigures)
  | { kind: 'ready'; agents: string[] }
  | CircuitNews;

/** A worker has found a provider to be down, or up again: none of the others needs to find out for itself. */
export interface CircuitNews {
  kind: 'circuit';
  provider: string;
  /** Absent: it is asked again. */
  why?: string;
}

/** How a worker is told who it is: in its environment, as JSON. */
export const workerVariable = 'PARLEY_WORKER';

export interface WorkerPlace {
  /** From 1. */
  number: number;
  /** How many there are. */
  count: number;
  /** Of the process that listens. */
  port: number;
}
