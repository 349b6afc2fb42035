/**
 * The agent for LangGraph's own tools: `langgraph.json` names it, Studio and LangGraph Server load it from here. In a
 * project of your own the import is from 'parley'. Studio's checkpointer holds the threads.
 */
import { fileURLToPath } from 'node:url';
import { compileGraph } from '../../cli/library.js';

export const graph = await compileGraph(fileURLToPath(new URL('.', import.meta.url)));
