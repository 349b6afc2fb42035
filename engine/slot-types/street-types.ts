/** What names of streets end in, as they are written in full; the short forms are those that post offices use. */
export const streetTypes: Readonly<Record<string, string>> = Object.fromEntries([
  ...[
    'street', 'road', 'avenue', 'lane', 'drive', 'court', 'close', 'terrace', 'place', 'square', 'crescent', 'grove', 'park',
    'gardens', 'way', 'walk', 'row', 'hill', 'parade', 'quay', 'boulevard', 'parkway', 'highway', 'mews', 'green', 'view',
    'heights', 'rise', 'wharf', 'circle', 'loop', 'trail', 'alley', 'esplanade', 'mall', 'villas', 'lawn', 'drove', 'yard', 'bridge',
    'cottages', 'manor', 'meadows', 'broadway', 'strasse', 'common', 'island',
  ].map((name) => [name, name[0]!.toUpperCase() + name.slice(1)]),
  ['st', 'Street'], ['rd', 'Road'], ['ave', 'Avenue'], ['av', 'Avenue'], ['ln', 'Lane'], ['dr', 'Drive'], ['ct', 'Court'],
  ['pl', 'Place'], ['sq', 'Square'], ['cres', 'Crescent'], ['blvd', 'Boulevard'], ['pkwy', 'Parkway'], ['hwy', 'Highway'],
  ['tce', 'Terrace'], ['ter', 'Terrace'], ['gdns', 'Gardens'],
]); // prettier-ignore
