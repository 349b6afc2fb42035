import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cutMarkdown } from '../../../engine/knowledge/cut-markdown.js';
import { findPassage } from '../../../engine/knowledge/passage-index.js';
import type { Passage } from '../../../engine/language/flow.js';
import { packageRoot } from '../../../engine/package-root.js';
import { libraryQuestions, shopQuestions } from '../../fixtures/knowledge/questions.js';
import type { Question } from '../../fixtures/knowledge/questions.js';

const library = passagesOf('test/fixtures/knowledge/library');
const shop = passagesOf('flows/acme-support/help');

function passagesOf(folder: string): Passage[] {
  const names = readdirSync(join(packageRoot, folder)).filter((name) => name.endsWith('.md'));
  return names.sort().flatMap((name) => cutMarkdown(readFileSync(join(packageRoot, folder, name), 'utf8'), name));
}

function measure(passages: Passage[], questions: readonly Question[]) {
  const found = questions.map(({ asks, answer }) => ({ answer, id: findPassage(passages, asks)?.passage.id }));
  const answerable = found.filter(({ answer }) => answer !== null);
  const right = answerable.filter(({ answer, id }) => id !== undefined && [answer].flat().includes(id));
  const wrong = answerable.filter(({ answer, id }) => id !== undefined && ![answer].flat().includes(id));
  const others = found.filter(({ answer }) => answer === null);
  return {
    recall: right.length / answerable.length,
    wrong: wrong.length / answerable.length,
    falseAnswers: others.filter(({ id }) => id !== undefined).length / others.length,
    count: questions.length,
  };
}

describe('the passage that answers a question', () => {
  it('is found for nine of ten answerable questions of the half that served to choose the figures', () => {
    const measured = measure(library, libraryQuestions);
    expect(measured.count).toBeGreaterThanOrEqual(50);
    expect(measured.recall).toBeGreaterThanOrEqual(0.85);
    expect(measured.wrong).toBeLessThanOrEqual(0.08);
    expect(measured.falseAnswers).toBe(0);
  });

  it('is found for more than four of five on the half that was held out, and hardly ever where there is none', () => {
    const measured = measure(shop, shopQuestions);
    expect(measured.count).toBeGreaterThanOrEqual(60);
    expect(measured.recall).toBeGreaterThanOrEqual(0.82);
    expect(measured.wrong).toBeLessThanOrEqual(0.1);
    expect(measured.falseAnswers).toBeLessThanOrEqual(0.1);
  });

  it('is none for words that tell nothing', () => {
    for (const words of ['', '?!', 'what is it', 'what time is it', 'um'])
      expect(findPassage(library, words)).toBeNull();
  });

  it('is found by other words for the same question', () => {
    expect(findPassage(shop, 'do you post stuff to madrid')).toBeNull();
    expect(findPassage(shop, 'do you post stuff to madrid', ['do you deliver abroad'])?.passage.id).toBe(
      'delivery.md#delivery-abroad',
    );
  });
});
