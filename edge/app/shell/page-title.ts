import { useEffect } from "react";
import { useWaiting } from "../approval/pending.ts";

/** The page's title, with how much waits for the person before it: the same count as on the rail and the phone's tab. */
export function useTitle(text: string): void {
  const { n } = useWaiting();
  useEffect(() => {
    document.title = `${n > 0 ? `(${n}) ` : ""}${text} · GrowQR`;
  }, [n, text]);
}
