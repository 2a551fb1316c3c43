import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/**
 * While something covers the page, the way back closes it and leads nowhere else: it is an entry of the
 * history, which goes with it when it is closed in another way.
 */
export function useBackCloses(open: boolean, close: () => void): void {
  const { history } = useRouter();
  const closing = useRef(close);
  closing.current = close;
  useEffect(() => {
    if (!open) return;
    const { href } = history.location;
    history.push(href);
    let left = false;
    const forget = history.subscribe(({ action }) => {
      if (action.type !== "BACK" && action.type !== "GO") return;
      left = true;
      closing.current();
    });
    return () => {
      forget();
      if (!left && history.location.href === href) history.back();
    };
  }, [open, history]);
}
