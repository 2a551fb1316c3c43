/** As Clerk's own script asks: the version decides the shape of the answer. */
export const fapiVersion = "__clerk_api_version=2026-05-12&_clerk_js_version=6.34.1";
