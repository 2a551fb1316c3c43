import type { paths } from "./api-types.ts";
import type { CallArguments, GrowqrClient, PathOf } from "./client.ts";

type ListPage<Path extends PathOf<"GET">> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
/** Addresses that answer a list page by page: `next` is the cursor of the page after. */
export type PagedPath = { [Path in PathOf<"GET">]: ListPage<Path> extends { next: string | null } ? Path : never }[PathOf<"GET">];
/** What such a list holds: its one array. */
export type ListItem<Path extends PagedPath> = {
  [Name in keyof ListPage<Path>]: ListPage<Path>[Name] extends readonly (infer Item)[] ? Item : never;
}[keyof ListPage<Path>];
type PagedInit = { params?: { query?: Record<string, unknown> } } | undefined;
type AnyPage = Record<string, unknown> & { next: string | null };

/**
 * Every item of a list, in its order; pages are asked for as they are needed, `limit` items each. What comes
 * to the list meanwhile may be missed, or move another item to the next page, which is told again.
 */
export async function* listAll<Path extends PagedPath>(
  client: Pick<GrowqrClient, "GET">,
  path: Path,
  ...[init]: CallArguments<"GET", Path>
): AsyncGenerator<ListItem<Path>, void> {
  const { params, ...more } = (init ?? {}) as Exclude<PagedInit, undefined>;
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = cursor === undefined ? params?.query : { ...params?.query, cursor };
    const page = (await client.GET(path, { ...more, params: { ...params, query } } as never)) as unknown as AnyPage;
    for (const items of Object.values(page)) if (Array.isArray(items)) yield* items as ListItem<Path>[];
    if (page.next !== null && page.next === cursor) throw new Error(`${path} gives the same page again`);
    cursor = page.next;
  }
}
