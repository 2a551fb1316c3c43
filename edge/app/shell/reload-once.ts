const place = "growqr.reloaded";
/** Loads the page again, once in a while. False: it did so a moment ago. */
export function reloadOnce(): boolean {
  if (Date.now() - Number(sessionStorage.getItem(place) ?? 0) < 10_000) return false;
  sessionStorage.setItem(place, String(Date.now()));
  location.reload();
  return true;
}
