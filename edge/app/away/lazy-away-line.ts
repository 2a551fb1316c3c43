import { lazy } from "react";
import type { AwayLineProps } from "./away-line.tsx";

const noLine = (_: AwayLineProps): undefined => undefined;
/** The line that says what is away. Nothing depends on it: where its file does not load, there is none. */
export const LazyAwayLine = lazy(() => import("./away-line.tsx").catch(() => ({ default: noLine })));
