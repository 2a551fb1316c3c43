import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import ts from "typescript";

/**
 * The types of what a member or an operator may call: what machines, agents and git clients call is signed in
 * ways of their own, and no session opens it. This program needs the compiler that openapi-typescript is
 * written for, which is not the one that checks the product; so it stands in this folder's own packages.
 */
const bytes = ts.factory.createTypeReferenceNode("Blob");
type SignedCall = { security?: Record<string, unknown>[] };
const isForPeople = ({ security = [] }: SignedCall) => security.length === 0 || security.some((each) => "session" in each);

function keepCallable(paths: Record<string, Record<string, SignedCall>>): Record<string, Record<string, SignedCall>> {
  const kept = Object.entries(paths).map(([path, methods]) => {
    const callable = Object.entries(methods).filter(([, operation]) => isForPeople(operation));
    return [path, Object.fromEntries(callable)] as const;
  });
  return Object.fromEntries(kept.filter(([, methods]) => Object.keys(methods).length > 0));
}

/** The text of `api-types.ts` for a description of the API in OpenAPI 3.1. */
export async function composeApiTypes(description: { paths: Record<string, Record<string, SignedCall>> }): Promise<string> {
  const nodes = await openapiTS({ ...description, paths: keepCallable(description.paths) } as unknown as OpenAPI3, {
    defaultNonNullable: false, // what has a default may be left out of a request
    silent: true,
    transform: ({ format }) => (format === "binary" ? bytes : undefined),
  });
  const text = astToString(nodes).replace(/^( {4})+/gm, (indent) => " ".repeat(indent.length / 4));
  return `// Made from the OpenAPI document by \`npm run client\`: change the routes, not this file.\n\n${text}`;
}
