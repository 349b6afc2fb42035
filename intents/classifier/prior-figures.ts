import type { Prior, PriorKind } from './prior.js';

/** Fitted, not written: test/bench/router-prior.ts prints these lines. README.md says from what. */
export const priors: Record<PriorKind, Prior> = {
  lexical: {
    answer: [
      1.7033, 0.7155, 0.2335, 0.7496, 1.8456, 4.3384, -0.0302, 0.5917, 0.273, -0.0302, -0.4334, 0.8965, 0.4637, 0.2367,
      -3.7009,
    ],
    scope: [
      1.07, -0.2275, 0.6372, 2.9967, 3.6044, -0.016, 1.7531, -0.9688, 0.0072, 1.7531, 0.0057, 0.9615, 0.6117, 0.0547,
      -2.6377,
    ],
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
    answer: [
      0.5999, 1.0337, 0.4996, -0.3052, 0.4327, 4.8171, 0.7404, 1.8605, 0.0501, 1.5669, -0.3787, 1.0482, 0.4851, 1.9618,
      -3.5663,
    ],
    scope: [
      -0.1545, 0.1189, 1.012, 1.2606, 1.6294, 1.6019, 3.9766, -0.9204, 0.0271, 2.7343, -0.1557, 1.2546, 0.6742, 1.2619,
      -3.3473,
    ],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.9798 },
      { maxWrong: 0.01, threshold: 0.9524 },
      { maxWrong: 0.02, threshold: 0.8631 },
      { maxWrong: 0.03, threshold: 0.7406 },
      { maxWrong: 0.05, threshold: 0.5395 },
      { maxWrong: 0.1, threshold: 0.1675 },
      { maxWrong: 0.2, threshold: 0.0007 },
    ],
  },
  sentence: {
    answer: [
      0.5999, 1.0337, 0.4996, -0.3052, 0.4327, 4.8171, 0.7404, 1.8605, 0.0501, 1.5669, -0.3787, 1.0482, 0.4851, 1.9618,
      -3.5663,
    ],
    scope: [
      -0.1545, 0.1189, 1.012, 1.2606, 1.6294, 1.6019, 3.9766, -0.9204, 0.0271, 2.7343, -0.1557, 1.2546, 0.6742, 1.2619,
      -3.3473,
    ],
    thresholds: [
      { maxWrong: 0.005, threshold: 0.9798 },
      { maxWrong: 0.01, threshold: 0.9524 },
      { maxWrong: 0.02, threshold: 0.8631 },
      { maxWrong: 0.03, threshold: 0.7406 },
      { maxWrong: 0.05, threshold: 0.5395 },
      { maxWrong: 0.1, threshold: 0.1675 },
      { maxWrong: 0.2, threshold: 0.0007 },
    ],
  },
};
