/** Whether a client would rather read a page than data. Data is for whoever does not say, or does not mind (RFC 9110, section 12.5.1). */
export function prefersPage(accept: string | undefined): boolean {
  const ranges = new Map((accept ?? '*/*').split(',').map(rangeOf));
  return qualityOf('text/html', ranges) > qualityOf('application/json', ranges);
}

function rangeOf(text: string): [range: string, quality: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(given.slice(2));
  return [range, quality >= 0 && quality <= 1 ? quality : 0];
}

/** Of the most specific range that fits. */
function qualityOf(type: string, ranges: Map<string, number>): number {
  return ranges.get(type) ?? ranges.get(`${type.split('/', 1)[0]}/*`) ?? ranges.get('*/*') ?? 0;
}
