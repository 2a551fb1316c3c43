import { createElement, Fragment, type ReactNode } from "react";

/** Children by position, as if written in JSX: for what only grows at its end or is replaced as a whole, so that positions are stable. */
export function keyedByIndex(children: readonly ReactNode[] | undefined, each?: string): ReactNode {
  const items = each ? children?.map((child) => createElement(each, null, child)) : children;
  return createElement(Fragment, null, ...(items ?? []));
}
