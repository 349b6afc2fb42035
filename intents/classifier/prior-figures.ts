import type { Prior, PriorKind } from './prior.js';

/** Fitted, not written: test/bench/router-prior.ts prints these lines. README.md says from what. */
export const priors: Record<PriorKind, Prior> = {
  lexical: {
    answer: [1.7033, 0.7155, 0.2335, 0.7496, 1.8456, 4.3384, -0.0302, 0.5917, 0.273, -0.0302, -0.4334, 0.8965, 0.4637, 0.2367, -3.7009],
    scope: [1.07, -0.2275, 0.6372, 2.9967, 3.6044, -0.016, 1.7531, -0.9688, 0.0072, 1.7531, 0.0057, 0.9615, 0.6117, 0.0547, -2.6377],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.9778 },
      { maxWrong: 0.01, threshold: 0.9541 },
      { maxWrong: 0.02, threshold: 0.8844 },
      { maxWrong: 0.03, threshold: 0.7973 },
      { maxWrong: 0.05, threshold: 0.6111 },
      { maxWrong: 0.1, threshold: 0.2475 },
      { maxWrong: 0.2, threshold: 0.0011 },
    ],
  },
  static: {
    answer: [0.2289, 0.6677, 0.8233, -0.4533, -0.0979, 5.2567, 0.4421, 1.5816, 0.2903, 1.297, -0.3408, 0.9971, 0.4401, 1.3883, -2.7337],
    scope: [-0.0525, -0.3352, 1.0575, 1.4868, 1.5497, 1.6791, 3.5226, -0.5335, -0.015, 2.3669, -0.1298, 1.1824, 0.5682, 1.385, -2.936],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.976 },
      { maxWrong: 0.01, threshold: 0.9503 },
      { maxWrong: 0.02, threshold: 0.8589 },
      { maxWrong: 0.03, threshold: 0.7614 },
      { maxWrong: 0.05, threshold: 0.5311 },
      { maxWrong: 0.1, threshold: 0.1412 },
      { maxWrong: 0.2, threshold: 0.0007 },
    ],
  },
  sentence: {
    answer: [0.2289, 0.6677, 0.8233, -0.4533, -0.0979, 5.2567, 0.4421, 1.5816, 0.2903, 1.297, -0.3408, 0.9971, 0.4401, 1.3883, -2.7337],
    scope: [-0.0525, -0.3352, 1.0575, 1.4868, 1.5497, 1.6791, 3.5226, -0.5335, -0.015, 2.3669, -0.1298, 1.1824, 0.5682, 1.385, -2.936],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.976 },
      { maxWrong: 0.01, threshold: 0.9503 },
      { maxWrong: 0.02, threshold: 0.8589 },
      { maxWrong: 0.03, threshold: 0.7614 },
      { maxWrong: 0.05, threshold: 0.5311 },
      { maxWrong: 0.1, threshold: 0.1412 },
      { maxWrong: 0.2, threshold: 0.0007 },
    ],
  },
};
