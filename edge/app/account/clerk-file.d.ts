declare module "virtual:clerk-file" {
  /** Where Clerk's own script lies, on the app's origin. */
  export const clerkFile: string;
}
