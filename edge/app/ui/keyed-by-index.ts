import { createElement, Fragment, type ReactNode } from "react";

/** Children keyed by position, for lists that only grow at their end or are replaced as a whole. */
export function keyedByIndex(children: readonly ReactNode[] | undefined, each?: string): ReactNode {
  const items = each ? children?.map((child) => createElement(each, null, child)) : children;
  return createElement(Fragment, null, ...(items ?? []));
}
