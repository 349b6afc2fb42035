import { ChatProblem } from './chat/chat-messages.js';

/** What is answered where a request fails before its door has it, or in a way that no door knows: as its clients read it. */
export function errorBody(path: string, status: number, problem: string): object {
  const message = status >= 500 ? 'something went wrong here' : problem;
  return path.includes('/v1/') ? new ChatProblem(status, message, 'bad_request').body : { error: message };
}
