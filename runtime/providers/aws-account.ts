/** Who pays at AWS, from the environment. */
export interface AwsAccount {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string;
  /** `eu-west-1`: where it is served, and part of each signature. */
  region: string;
}

/** What is needed besides `AWS_ACCESS_KEY_ID`. */
export const awsNeeds = ['AWS_SECRET_ACCESS_KEY', 'AWS_REGION'] as const;

/** Perhaps not all of it: what is missing is said when it is needed. */
export function awsAccountIn(env: Readonly<Record<string, string | undefined>>): Partial<AwsAccount> {
  const account = {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    sessionToken: env.AWS_SESSION_TOKEN,
    region: env.AWS_REGION,
  };
  return Object.fromEntries(Object.entries(account).filter(([, value]) => value));
}
