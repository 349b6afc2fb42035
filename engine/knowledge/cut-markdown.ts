/** A markdown document, cut by its headings into passages that a voice can say. Pure. */
import type { Passage } from '../language/flow.js';
import { createSentenceSplitter } from '../language/sentences.js';

/** A section longer than this is cut between its paragraphs: an answer is looked for in one piece. */
const longestPassage = 900;

/**
 * @param text markdown
 * @param name what a passage is called before its `#heading`
 * @returns one passage a section, in order; sections with nothing for the ear (a table, code) are left out
 */
export function cutMarkdown(text: string, name: string): Passage[] {
  const passages: Passage[] = [];
  const slugs = new Map<string, number>();
  let heads: { level: number; text: string }[] = [];
  let id = name;
  let blocks: string[] = [];
  const close = (): void => {
    const titles = heads.map((head) => head.text);
    for (const sentences of piecesOf(blocks)) passages.push({ id, heads: titles, sentences });
    blocks = [];
  };
  for (const block of blocksOf(text)) {
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(block);
    if (!heading) {
      blocks.push(block);
      continue;
    }
    close();
    const level = heading[1]!.length;
    const title = spokenOf(heading[2]!).join(' ');
    heads = [...heads.filter((head) => head.level < level), { level, text: title }];
    const slug = slugOf(heading[2]!);
    const before = slugs.get(slug) ?? 0;
    slugs.set(slug, before + 1);
    id = `${name}#${slug}${before > 0 ? `-${String(before)}` : ''}`;
  }
  close();
  return passages;
}

/** A text without headings, as a retriever gives it. */
export function sentencesIn(text: string): string[] {
  return blocksOf(text).flatMap((block) => sentencesOf(block.replace(/^#{1,6}\s+.*$/, '')));
}

/** As GitHub names a heading: small letters, no signs, hyphens. */
function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** Paragraphs, lists (with the line before them that ends in a colon) and headings; nothing that only an eye can use. */
function blocksOf(text: string): string[] {
  const bare = text
    .replace(/\r\n?/g, '\n')
    .replace(/^\uFEFF?---\n[\s\S]*?\n---\n/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^ {0,3}(```+|~~~+)[^\n]*\n[\s\S]*?(?:\n {0,3}\1[^\n]*(?=\n|$)|$(?![\s\S]))/gm, '\n')
    .replace(/^\[[^\]\n]+\]:\s.*$/gm, '')
    .replace(/^(?=.*\S)(.+)\n(=+|-+)[ \t]*$/gm, (_, line: string, under: string) =>
      line.includes('|') ? `${line}\n${under}` : `\n${under.startsWith('=') ? '#' : '##'} ${line}\n`,
    )
    .replace(/^(#{1,6}[ \t].*)$/gm, '\n$1\n');
  return bare
    .split(/\n[ \t]*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '' && !isTable(block) && !/^(?:[-*_][ \t]*){3,}$/.test(block))
    .reduce<string[]>((blocks, block) => {
      const before = blocks.at(-1);
      if (before?.endsWith(':') === true && isList(block)) blocks[blocks.length - 1] = `${before}\n${block}`;
      else blocks.push(block);
      return blocks;
    }, []);
}

function isTable(block: string): boolean {
  return /^[ \t]*\|?[ \t:|-]*-{2,}[ \t:|-]*$/m.test(block) && block.includes('|');
}

function isList(block: string): boolean {
  return /^(?:[-*+]|\d{1,2}[.)])\s/.test(block);
}

const emailAddress = /[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+/g;

/** Whole sentences by the voice rules. A line that is no list's is joined with the next: it was only broken for the eye. */
function sentencesOf(block: string): string[] {
  return spokenOf(block).map(closed);
}

function spokenOf(block: string): string[] {
  const links = block
    .replace(/!\[[^\]]*\]\([^)]*\)/g, ' ')
    .replace(/\[([^\]]+)\]\[[^\]]*\]/g, '$1')
    .replace(/<mailto:([^<>]+)>|<(?=[^<>\s]+@)([^<>]+)>/g, '$1$2')
    .replace(/<(https?:[^<>]*)>/g, '$1')
    .replace(emailAddress, (address) => address.replace('@', ' at ').replaceAll('.', ' dot '));
  const splitter = createSentenceSplitter();
  const joined = links.replace(/\n(?!\s*(?:[-*+]|\d{1,2}[.)])\s)\s*/g, ' ');
  return [...splitter.push(joined), ...splitter.end()];
}

function closed(sentence: string): string {
  return /[.!?…]$/.test(sentence) || !/\s/.test(sentence) ? sentence : `${sentence.replace(/[,;:]$/, '')}.`;
}

function piecesOf(blocks: readonly string[]): string[][] {
  const pieces: string[][] = [];
  let length = 0;
  for (const sentences of blocks.map(sentencesOf)) {
    if (sentences.length === 0) continue;
    const size = sentences.join(' ').length;
    if (pieces.length === 0 || length + size > longestPassage) {
      pieces.push([]);
      length = 0;
    }
    pieces.at(-1)!.push(...sentences);
    length += size;
  }
  return pieces;
}
