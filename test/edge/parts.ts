import { rmSync } from "node:fs";
import path from "node:path";
import type { Instance } from "../../schema/instance.ts";
import { migrate } from "../local/database.ts";
import { type EdgeBindings, startEdge } from "../local/edge.ts";
import { startIdentity, userId } from "../local/identity.ts";
import { startLibsql } from "../local/libsql.ts";
import { root, type Started } from "../local/process.ts";
import { openSecrets } from "../local/secrets.ts";

export const operatorMail = "operator@example.com";

export type EdgeUp = {
  url: string;
  publicUrl: string;
  folder: string;
  identityUrl: string;
  issuer: string;
  libsqlUrl: string;
  rivetUrl: string;
  rivetToken: string;
  modelUrl: string;
  modelKey: string;
  log: string;
};

/** Database, sign-in page and Worker of an instance, from nothing. `engine` and `model` may be addresses where nobody listens. */
export async function startParts(
  of: Instance,
  folder: string,
  others: { rivetUrl: string; rivetToken: string; modelUrl: string; modelKey: string },
  extra: EdgeBindings = {},
): Promise<{ up: EdgeUp; parts: Started[] }> {
  const url = `http://127.0.0.1:${of.ports.edge}`;
  const publicUrl = `http://localhost:${of.ports.edge}`;
  const secrets = await openSecrets(folder);
  const libsql = await startLibsql(of, folder);
  const identity = await startIdentity(of, folder, { appUrl: publicUrl });
  await migrate(libsql.url);
  const edge = await startEdge(of, folder, {
    INSTANCE: of.name,
    ENVIRONMENT: "local",
    PUBLIC_URL: publicUrl,
    LIBSQL_URL: libsql.url,
    RIVET_URL: others.rivetUrl,
    RIVET_TOKEN: others.rivetToken,
    RELAY_URL: `http://127.0.0.1:${of.ports.relay}`,
    SIGNING_KEYS: JSON.stringify(secrets.signingKeys),
    KEKS: JSON.stringify(secrets.keks),
    KEK_CURRENT: secrets.kekCurrent,
    IDENTITY: "local",
    IDENTITY_ISSUER: identity.issuer,
    IDENTITY_JWT_KEY: identity.jwtKeyPem,
    IDENTITY_PARTIES: `${publicUrl},${url}`,
    IDENTITY_URL: identity.url,
    OPERATORS: userId(operatorMail),
    MODEL_URL: others.modelUrl,
    MODEL_KEY: others.modelKey,
    MODEL_NAME: "demo",
    MODEL_DEMO: "1",
    ...extra,
  });
  const { url: identityUrl, issuer } = identity;
  const up = { url, publicUrl, folder, identityUrl, issuer, libsqlUrl: libsql.url, log: edge.log, ...others };
  return { up, parts: [edge, identity, libsql] };
}

/** The folder of a test instance, emptied. */
export function freshFolder(of: Instance, below = ""): string {
  const folder = path.join(root, of.folder, below);
  rmSync(folder, { recursive: true, force: true });
  return folder;
}
