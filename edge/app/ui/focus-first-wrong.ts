/** Goes to the first field of a form that says it is wrong; of a group, which says it with `data-wrong`, to its first choice. */
export function focusFirstWrong(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>("[aria-invalid=true], [data-wrong] input")?.focus();
}
