import type { RouterOptions } from '../contracts.js';

export type { Cascade, Repair, Rung, Target, Transition, TransferSpec } from './flow.js';
export type RouterChoice = RouterOptions;
