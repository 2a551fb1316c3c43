import { useEffect } from "react";
import { useWaiting } from "../approval/pending.ts";

/** The page's title, after the inbox count that the rail and the phone's tab show too. */
export function useTitle(text: string): void {
  const { n } = useWaiting();
  useEffect(() => {
    document.title = `${n > 0 ? `(${n}) ` : ""}${text} · GrowQR`;
  }, [n, text]);
}
