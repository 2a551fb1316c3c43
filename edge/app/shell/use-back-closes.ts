import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/**
 * While something covers the page, the way back closes it and leads nowhere else: it is an entry of the
 * history, which goes with it when it is closed in another way. Of several that cover each other, one step
 * back closes the topmost.
 */
export function useBackCloses(open: boolean, close: () => void): void {
  const { history } = useRouter();
  const closing = useRef(close);
  closing.current = close;
  useEffect(() => {
    if (!open) return;
    const standing = () => history.location.state.__TSR_index;
    history.push(history.location.href);
    const entry = standing();
    let left = false;
    const forget = history.subscribe(() => {
      if (left || standing() >= entry) return;
      left = true;
      closing.current();
    });
    return () => {
      forget();
      if (!left && standing() === entry) history.back();
    };
  }, [open, history]);
}
