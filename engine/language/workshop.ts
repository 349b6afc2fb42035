import type { Json } from '../contracts.js';
import { compileExpression } from './expressions.js';
import type { ValueType } from './value-types.js';
import { anyType, fieldType, typeWords } from './value-types.js';
import { resultFits, resultWords, troubleOfValue, wantedWords } from './written-values.js';
import type { Expression, Phrase, Place, Template, Value, Words } from './flow.js';
import { environmentNames, NameScope } from './name-scope.js';
import type { Problem, ProblemCode, ProblemList } from './problems.js';
import { compileTemplate, wholeExpression } from './templates.js';
import type { CompiledTemplate, TemplateManner, TemplateTrouble } from './templates.js';
import { isRecord, unitMs } from './values.js';
import type { Entry, YamlNode } from './yaml-source.js';
import { get, itemsOf, plainJson, textOf } from './yaml-source.js';
import { readBargeIn } from './voice-keys.js';
import { buildParts, readMaxSeconds, textOfParts } from './build-parts.js';

/**
 * What every builder needs: reports problems at YAML nodes and turns nodes into expressions, templates, words, values
 * and lengths of time. Shapes are the schema's business: what has a wrong shape is passed over here in silence.
 */
export class Workshop {
  readonly problems: ProblemList;
  /** Environment names that templates read. */
  readonly environment = new Set<string>();
  language = 'en-US';
  /** `voice:` of the agent: a voice that a flow or a state names is one of its provider's. */
  agentVoice: YamlNode | undefined;
  /** Names of listed options in another language than the file's, by the node of the options: the first is how one is said. */
  optionNames: ReadonlyMap<YamlNode, ReadonlyMap<string, readonly string[]>> = new Map();
  /** How serious it is that a part of the language is not there yet. */
  notReady: Problem['severity'] = 'error';

  constructor(problems: ProblemList) {
    this.problems = problems;
  }

  place(node: YamlNode): Place {
    return node.file.place(node.start);
  }

  report(
    node: YamlNode,
    code: ProblemCode,
    message: string,
    cure: string,
    severity: Problem['severity'] = 'error',
  ): void {
    this.problems.add(node.file.problem(code, node, message, cure, severity));
  }

  reportKey(
    entry: Entry,
    code: ProblemCode,
    message: string,
    cure: string,
    severity: Problem['severity'] = 'error',
  ): void {
    this.report(entry.keyNode, code, message, cure, severity);
  }

  /** `if:` and its kin: the whole scalar is the expression. A whole `{{ }}` around it is taken off. */
  expression(
    node: YamlNode | undefined,
    scope: NameScope,
    wants: 'condition' | 'value' = 'condition',
  ): Expression | undefined {
    const text = textOf(node);
    if (node === undefined || text === undefined) return undefined;
    const whole = wholeExpression(text);
    const source = whole?.expression ?? text.trim();
    const compiled = compileExpression(source, this.place(node), scope, wants);
    this.#reportInside(node, source, compiled.troubles);
    this.#noteEnvironment(compiled.expression.reads);
    return compiled.expression;
  }

  template(node: YamlNode | undefined, scope: NameScope, manner: TemplateManner = 'spoken'): Template | undefined {
    return this.compiledTemplate(node, scope, manner)?.template;
  }

  compiledTemplate(node: YamlNode | undefined, scope: NameScope, manner: TemplateManner): CompiledTemplate | undefined {
    const text = textOf(node);
    if (node === undefined || text === undefined) return undefined;
    const compiled = compileTemplate(text, this.place(node), scope, this.language, manner);
    this.#reportInside(node, text, compiled.troubles);
    this.#noteEnvironment(compiled.template.reads);
    return compiled;
  }

  /** A literal typed by its place, a whole `"{{ }}"`, or a template. */
  value(node: YamlNode | undefined, scope: NameScope, type: ValueType = anyType): Value | undefined {
    if (node === undefined) return undefined;
    const text = textOf(node);
    if (text === undefined || !text.includes('{{')) return { kind: 'literal', value: this.literal(node, type) };
    const whole = wholeExpression(text);
    if (!whole) return { kind: 'template', template: this.template(node, scope, 'written')! };
    const compiled = compileExpression(whole.expression, this.place(node), scope);
    this.#reportInside(node, whole.expression, compiled.troubles);
    this.#noteEnvironment(compiled.expression.reads);
    if (compiled.result !== undefined && !resultFits(compiled.result, type))
      this.report(
        node,
        'bad-value',
        `This comes to ${resultWords(compiled.result)}, and here stands ${typeWords(type)}.`,
        `Give an expression that comes to ${wantedWords(type)}, or change the type of the slot.`,
      );
    return { kind: 'expression', expression: type.kind === 'choice' ? byId(compiled.expression) : compiled.expression };
  }

  /** Options of a choice that are computed, with what is known of each. */
  computedOptions(node: YamlNode, scope: NameScope): { expression: Expression; type: ValueType } | undefined {
    const whole = wholeExpression(textOf(node) ?? '');
    if (!whole) return undefined;
    const compiled = compileExpression(whole.expression, this.place(node), scope);
    this.#reportInside(node, whole.expression, compiled.troubles);
    return { expression: compiled.expression, type: compiled.type };
  }

  /** A written value without `{{ }}`, by the type of its place. */
  literal(node: YamlNode, type: ValueType): Json {
    if (node.kind === 'scalar') {
      if (node.empty) return null;
      return type.kind === 'any' ? plainJson(node) : this.#scalar(node, type);
    }
    if (node.kind === 'list')
      return node.items.map((item) => this.literal(item, type.kind === 'list' ? type.of : anyType));
    const record: Record<string, Json> = {};
    for (const { key, value } of node.entries) {
      const of = type.kind === 'choice' ? undefined : fieldType(type, key);
      Object.defineProperty(record, key, {
        value: this.literal(value, of ?? anyType),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return record;
  }

  #scalar(node: YamlNode & { kind: 'scalar' }, type: ValueType): Json {
    const { text } = node;
    const trouble = troubleOfValue(text, type);
    if (trouble) {
      this.report(node, 'bad-value', trouble.message, trouble.cure);
      return null;
    }
    if (type.kind !== 'scalar') return type.kind === 'choice' || type.kind === 'any' ? text : plainJson(node);
    switch (type.of) {
      case 'integer':
      case 'ordinal':
      case 'number':
        return Number(text);
      case 'yes_no': {
        const value = { true: true, false: false, yes: true, no: false }[text];
        if (value === undefined)
          this.report(node, 'bad-value', `"${text}" is neither true nor false.`, 'Write true or false.');
        return value ?? null;
      }
      default:
        return text;
    }
  }

  /** `900ms`, `6s`, `5m`, `8h`, `30d` in milliseconds. */
  durationMs(node: YamlNode | undefined): number | undefined {
    const text = textOf(node);
    if (node === undefined || text === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
    if (match) return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
    const bare = /^\d+(\.\d+)?$/.test(text) ? `Write ${text}s or ${text}ms.` : 'Write it like 900ms, 6s, 5m or 30d.';
    this.report(node, 'bad-duration', `"${text}" is no length of time.`, bare);
    return undefined;
  }

  /** A string, a phrase with options, or a list of variants. */
  words(node: YamlNode | undefined, scope: NameScope): Words | undefined {
    if (node === undefined) return undefined;
    const phrases = itemsOf(node)
      .map((item) => this.#phrase(item, scope))
      .filter((phrase) => phrase !== undefined);
    return phrases.length > 0 ? { place: this.place(node), phrases } : undefined;
  }

  /** One entry per attempt; an entry that is a list holds variants. */
  ladder(node: YamlNode | undefined, scope: NameScope): Words[] {
    return itemsOf(node)
      .map((rung) => this.words(rung, scope))
      .filter((words) => words !== undefined);
  }

  #phrase(node: YamlNode, scope: NameScope): Phrase | undefined {
    if (node.kind === 'scalar') {
      const text = this.template(node, scope);
      return text && { text, mode: 'fixed', mustHear: false };
    }
    const parts = buildParts(node, scope, this);
    const text = parts ? textOfParts(parts) : this.template(get(node, 'text'), scope);
    if (node.kind !== 'map' || !text) return undefined;
    const mode = textOf(get(node, 'mode'));
    const maxSeconds = readMaxSeconds(node);
    return {
      text,
      ...(parts && { parts }),
      ...(maxSeconds !== undefined && { maxSeconds }),
      if: this.expression(get(node, 'if'), scope),
      ssml: this.template(get(node, 'ssml'), scope),
      audio: textOf(get(node, 'audio')),
      mode: mode === 'rephrase' || mode === 'generate' ? mode : 'fixed',
      mustHear: textOf(get(node, 'must_hear')) === 'true',
      bargeIn: readBargeIn(get(node, 'barge_in')),
    };
  }

  /** Puts a trouble inside a scalar's text where it stands in the file. */
  #reportInside(node: YamlNode, fragment: string, troubles: readonly TemplateTrouble[]): void {
    for (const trouble of troubles) {
      const raw = node.file.text.slice(node.start, node.end);
      const bad = fragment.slice(trouble.start, trouble.end);
      let at = raw.indexOf(fragment);
      if (at !== -1) at += trouble.start;
      // Folded or escaped: the text differs from the file; look for the bad piece itself.
      else at = raw.indexOf(bad);
      const start = node.start + Math.max(0, at);
      const end = at === -1 ? node.end : start + Math.max(1, bad.length);
      this.problems.add(node.file.problem(trouble.code, { start, end }, trouble.message, trouble.cure));
    }
  }

  #noteEnvironment(reads: readonly string[]): void {
    for (const name of reads) if (name.startsWith('env.')) this.environment.add(name.slice(4));
  }
}

/** Inside a tool or a transfer `env` is a name too. */
export function withEnvironment(scope: NameScope): NameScope {
  return new NameScope(scope).declareAs('env', environmentNames);
}

/** A record set into a choice is written as its id. */
function byId(expression: Expression): Expression {
  return {
    ...expression,
    evaluate(scope) {
      const result = expression.evaluate(scope);
      return isRecord(result.value) && 'id' in result.value ? { ...result, value: result.value['id'] ?? null } : result;
    },
  };
}
