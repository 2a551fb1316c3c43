import { type ComponentProps, lazy, Suspense } from "react";
import type { PlanLink } from "./plan-link.tsx";

const Loaded = lazy(() => import("./plan-link.tsx").catch((): { default: typeof PlanLink } => ({ default: () => null })));
/** The way to the plans in what the app loads first. Where its file does not load, the text stands alone. */
export const LazyPlanLink = (link: ComponentProps<typeof PlanLink>) => (
  <Suspense>
    <Loaded {...link} />
  </Suspense>
);
