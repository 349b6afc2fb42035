/** Words in parts, and how long words may take. */
import type { PhrasePart, Template } from './flow.js';
import type { NameScope } from './name-scope.js';
import { readBargeIn } from './voice-keys.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

/** `parts:` of a phrase; undefined where it has none. */
export function buildParts(node: YamlNode, scope: NameScope, shop: Workshop): PhrasePart[] | undefined {
  const listed = get(node, 'parts');
  if (listed === undefined) return undefined;
  for (const key of ['text', 'mode'] as const) {
    const beside = get(node, key);
    if (beside)
      shop.report(beside, 'wrong-combination', `Words in parts have no \`${key}:\` beside them.`, 'Take it out.');
  }
  const parts: PhrasePart[] = [];
  for (const item of itemsOf(listed)) {
    const id = textOf(get(item, 'id'));
    const text = shop.template(get(item, 'text'), scope);
    if (id === undefined || text === undefined) continue;
    if (parts.some((part) => part.id === id))
      shop.report(
        get(item, 'id')!,
        'duplicate-name',
        `There are two parts called "${id}".`,
        'Give one of them another name.',
      );
    parts.push({
      id,
      text,
      if: shop.expression(get(item, 'if'), scope),
      ssml: shop.template(get(item, 'ssml'), scope),
      audio: textOf(get(item, 'audio')),
      mustHear: textOf(get(item, 'must_hear')) === 'true',
      bargeIn: readBargeIn(get(item, 'barge_in')),
    });
  }
  return parts.length > 0 ? parts : undefined;
}

/** All parts as one text, those left out whose condition does not hold. */
export function textOfParts(parts: readonly PhrasePart[]): Template {
  return {
    source: parts.map(({ text }) => text.source).join(' '),
    place: parts[0]!.text.place,
    reads: [...new Set(parts.flatMap(({ text }) => text.reads))],
    render: (scope) =>
      parts
        .filter((part) => !part.if || part.if.evaluate(scope).value === true)
        .map(({ text }) => text.render(scope))
        .join(' '),
  };
}

/** `max_seconds:`. Whether words that are written out keep to it is a check of its own. */
export function readMaxSeconds(node: YamlNode): number | undefined {
  const seconds = Number(textOf(get(node, 'max_seconds')));
  return seconds > 0 ? seconds : undefined;
}
