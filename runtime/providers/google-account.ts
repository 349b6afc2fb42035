/** Who asks Google, from the environment, where it is no key. */
export interface GoogleAccount {
  /** `GOOGLE_APPLICATION_CREDENTIALS`: the JSON file of a service account. */
  credentialsFile?: string;
  /** `GOOGLE_ACCESS_TOKEN`: good for an hour, as `gcloud auth print-access-token` gives it. */
  accessToken?: string;
  /** `GOOGLE_CLOUD_PROJECT`: whose it is, and who pays, where it is not said by the file. */
  project?: string;
}

/** Any of them will do in place of `GOOGLE_API_KEY`. */
export const googleAccounts = ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_ACCESS_TOKEN'] as const;

export function googleAccountIn(env: Readonly<Record<string, string | undefined>>): GoogleAccount {
  const account = {
    credentialsFile: env.GOOGLE_APPLICATION_CREDENTIALS,
    accessToken: env.GOOGLE_ACCESS_TOKEN,
    project: env.GOOGLE_CLOUD_PROJECT,
  };
  return Object.fromEntries(Object.entries(account).filter(([, value]) => value));
}
