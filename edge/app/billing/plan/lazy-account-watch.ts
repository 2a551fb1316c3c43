import { lazy } from "react";

const noWatch = (): undefined => undefined;
/** Where its file does not load, the account is read again with the page. */
export const LazyAccountWatch = lazy(() => import("./account-watch.tsx").catch(() => ({ default: noWatch })));
