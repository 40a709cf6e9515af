/** What a site's plate says: its page's address, which ends in the site's id, or a bare code. */
export function codeOnPlate(text: string): string {
  const plain = text.trim()
  try {
    const parts = new URL(plain).pathname.split('/').filter(Boolean)
    return parts[parts.length - 1] ?? plain
  } catch {
    return plain
  }
}
