/** The thread in which routers are trained while calls go on in another. */
import { buffersIn, train, type TrainingMatter } from '../intents/classifier/training.js';
import { answerRequests } from '../runtime/worker-thread.js';

answerRequests<TrainingMatter>(train, (state) => [...buffersIn(state)]);
