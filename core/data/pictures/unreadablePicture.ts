/** Why one picture cannot be used; its message becomes the reason in the quarantine list. */
export class UnreadablePicture extends Error {}
