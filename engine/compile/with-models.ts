import type { LanguageModel, Router } from '../contracts.js';

/** The router, asking each of its models in the form that `form` gives it; who asks the router counts that form. */
export function withModels(router: Router, form: (model: LanguageModel) => LanguageModel): Router {
  return {
    route: (request, signal, counted = (model) => model) =>
      router.route(request, signal, (model) => counted(form(model))),
  };
}
