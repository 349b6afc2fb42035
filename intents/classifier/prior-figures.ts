import type { Prior, PriorKind } from './prior.js';

/** Fitted, not written: test/bench/router-prior.ts prints these lines. README.md says from what. */
export const priors: Record<PriorKind, Prior> = {
  lexical: {
    answer: [
      1.1054, 0.6166, 0.5611, 0.2664, 1.0864, 4.9363, -0.3578, 1.5335, 0.1243, -0.3578, -0.3302, 0.8964, 0.3321, 0.0639,
      -2.824,
    ],
    scope: [
      0.9457, -0.581, 0.6808, 2.8255, 3.0746, 0.4939, 1.587, -0.7495, -0.0085, 1.587, 0.1143, 0.9078, 0.5112, 0.2542,
      -2.2465,
    ],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.976 },
      { maxWrong: 0.01, threshold: 0.9505 },
      { maxWrong: 0.02, threshold: 0.8883 },
      { maxWrong: 0.03, threshold: 0.8159 },
      { maxWrong: 0.05, threshold: 0.6023 },
      { maxWrong: 0.1, threshold: 0.2169 },
      { maxWrong: 0.2, threshold: 0.0009 },
    ],
    usual: [
      { maxWrong: 0.01, accepted: 0.67 },
      { maxWrong: 0.02, accepted: 0.78 },
      { maxWrong: 0.03, accepted: 0.84 },
      { maxWrong: 0.05, accepted: 0.9 },
    ],
  },
  static: {
    answer: [
      0.3112, 1.0089, 0.6994, -0.6245, -0.0505, 5.2691, 0.1896, 1.2935, 0.0994, 2.207, -0.4386, 0.9387, 0.4243, 1.6976,
      -2.892,
    ],
    scope: [
      0.1423, -0.1047, 0.9565, 1.4342, 1.6632, 1.8953, 2.9897, -0.711, -0.1983, 2.9927, -0.326, 1.2281, 0.5513, 1.2732,
      -3.1741,
    ],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.9761 },
      { maxWrong: 0.01, threshold: 0.9492 },
      { maxWrong: 0.02, threshold: 0.8714 },
      { maxWrong: 0.03, threshold: 0.7569 },
      { maxWrong: 0.05, threshold: 0.5401 },
      { maxWrong: 0.1, threshold: 0.1393 },
      { maxWrong: 0.2, threshold: 0.0017 },
    ],
    usual: [
      { maxWrong: 0.01, accepted: 0.74 },
      { maxWrong: 0.02, accepted: 0.85 },
      { maxWrong: 0.03, accepted: 0.89 },
      { maxWrong: 0.05, accepted: 0.94 },
    ],
  },
  sentence: {
    answer: [
      0.1569, 0.9242, 1.4388, 0.7799, 0.9862, 2.1039, 0.7902, 1.7179, 0.224, 0.2622, -0.3572, 0.6235, 0.2319, 0.7611,
      -1.4296,
    ],
    scope: [
      0.1208, 0.1755, 1.5498, 1.0941, 1.2995, 0.8476, 2.5332, 1.0653, 0.6932, 1.0452, -1.1028, 0.6029, 0.2629, 0.1301,
      -1.1135,
    ],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.9675 },
      { maxWrong: 0.01, threshold: 0.9121 },
      { maxWrong: 0.02, threshold: 0.7386 },
      { maxWrong: 0.03, threshold: 0.5091 },
      { maxWrong: 0.05, threshold: 0.2108 },
      { maxWrong: 0.1, threshold: 0.0412 },
      { maxWrong: 0.2, threshold: 0.0012 },
    ],
    usual: [
      { maxWrong: 0.01, accepted: 0.91 },
      { maxWrong: 0.02, accepted: 0.95 },
      { maxWrong: 0.03, accepted: 0.97 },
      { maxWrong: 0.05, accepted: 0.99 },
    ],
  },
};
