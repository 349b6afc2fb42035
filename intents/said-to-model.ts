/**
 * Turns that speak to a language model rather than to the agent. Nothing that a caller says is obeyed: the words are data
 * in a record, and only offered functions are answers. But a model may be talked into the wrong one of those, so its
 * answer to such a turn is asked back, never acted on.
 */

/** Patterns of no call about bills and bookings; a turn that has one by chance costs a question, nothing more. */
const signs: readonly RegExp[] = [
  /\b(ignore|disregard|forget|override|bypass)\b.{0,40}\b(instructions?|rules?|prompts?|guidelines|above|previous)\b/i,
  /\b(system|developer|assistant)\s*(prompt|message|role|mode)\b/i,
  /\b(you are now|act as|pretend (to be|that you)|from now on you)\b/i,
  /\b(call|invoke|use|execute|select|choose)\b.{0,20}\b(function|tool)\b/i,
  /\bnone[_ ]of[_ ]these\b.{0,40}\b(call|function|not)\b|\bfunction[_ ]call|\btool[_ ]call/i,
  /[{}<>]|\b[a-z]+_[a-z_]+\b|```|\bjson\b/i,
];

/** Whether a caller's words read like orders to a model. */
export function isSaidToModel(text: string): boolean {
  return signs.some((sign) => sign.test(text));
}
