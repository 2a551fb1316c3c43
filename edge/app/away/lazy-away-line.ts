import { lazy } from "react";

/** The line that says what is away. Nothing depends on it: where its file does not load, there is none. */
export const LazyAwayLine = lazy(() => import("./away-line.tsx").catch(() => ({ default: (): undefined => undefined })));
