import { lazy } from "react";

const noBanner = (): undefined => undefined;
/** What the plan wants of the person. Where its file does not load, there is none. */
export const LazyPlanBanner = lazy(() => import("./plan-banner.tsx").catch(() => ({ default: noBanner })));
