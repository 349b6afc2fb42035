/** English: where one sentence may hold several requests, and what a request looks like. */

/** What may stand between two requests. Both sides must then be understood by themselves. */
export const between =
  /(?:\s*[,;.!?]+(?:\s+|$)|\s+(?=(?:and|then|but|plus|also)\b))(?:(?:and|then|but|plus|also|oh|next|afterwards|after that|please|one more thing|another thing)\b[\s,]*)*/giu;

/** How an order or a wish begins, as against a reason or a detail that goes with the one before it. */
export const opensRequest =
  /^(?:please\s+)?(?:(?:can|could|would|will)\s+you|i(?:'d| would)? (?:also )?(?:want|like) to|tell|give|show|find|get|buy|book|order|call|send|do|play|wash|cook|clean|fix|bring|sell|write|read|open|remind|translate|feed|walk)\b/iu;

/** Words that point back within the sentence: what holds one of them goes on with the request before it. */
export const pointsBack = /\b(?:it|them|there|that|this|those|these|one|ones|him|her|same|each)\b/iu;
