/** What the folder of a data set holds beside its index. */
export const CARD_FILE = 'card.json';
/** Images that could not be read, with the reason of each. */
export const QUARANTINE_FILE = 'quarantine.json';
/** How it was imported: the layout and the choices made. */
export const SOURCE_FILE = 'source.json';
/** Folder of the packed images. */
export const CACHE_FOLDER = 'cache';
