import { type ComponentProps, type JSX, lazy, Suspense } from "react";
import type { FramedPreview } from "./framed-preview.tsx";
import styles from "./preview.module.css";

type FrameProps = ComponentProps<typeof FramedPreview>;
const noFrame = (): { default: (shown: FrameProps) => JSX.Element | null } => ({ default: () => null });
const LoadedFrame = lazy(() => import("./framed-preview.tsx").then((part) => ({ default: part.FramedPreview }), noFrame));
/** A preview as it looks now, in what the app loads first. Without its file its row stands alone. */
export const LazyFramedPreview = (shown: FrameProps) => (
  <Suspense fallback={<div className={`${styles.page} ${styles.frame}`} />}>
    <LoadedFrame {...shown} />
  </Suspense>
);
