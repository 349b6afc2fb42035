/**
 * Cities that callers name most: capitals and the large or much travelled towns. Names that are also
 * everyday English words (Nice, Reading, Bath, Split, Cork) count only where a town is expected.
 */
const list = `
Aberdeen,Abu Dhabi,Accra,Adelaide,Alicante,Amsterdam,Ankara,Antwerp,Athens,Atlanta,Auckland,Austin,Baltimore,Bangalore,Bangkok,
Barcelona,Basel,Beijing,Belfast,Belgrade,Bergen,Berlin,Bern,Bilbao,Birmingham,Bogota,Bologna,Bordeaux,Boston,Bratislava,Bremen,
Brighton,Brisbane,Bristol,Bruges,Brussels,Bucharest,Budapest,Buenos Aires,Cairo,Calgary,Cambridge,Canberra,Cape Town,Cardiff,
Casablanca,Charlotte,Chennai,Chicago,Christchurch,Cincinnati,Cleveland,Cologne,Copenhagen,Cork,Dallas,Delhi,Denver,Derby,Detroit,
Dresden,Dubai,Dublin,Dubrovnik,Dundee,Durban,Düsseldorf,Edinburgh,Eindhoven,Exeter,Faro,Florence,Frankfurt,Galway,Gdansk,Geneva,
Genoa,Ghent,Gibraltar,Glasgow,Gothenburg,Graz,Grenoble,Hamburg,Hanoi,Hanover,Havana,Helsinki,Hong Kong,Honolulu,Houston,Hull,
Hyderabad,Innsbruck,Inverness,Istanbul,Jakarta,Jerusalem,Johannesburg,Kansas City,Karachi,Kilkenny,Kolkata,Krakow,Kuala Lumpur,
Kyiv,Kyoto,Lagos,Las Vegas,Lausanne,Leeds,Leicester,Leipzig,Lille,Lima,Limerick,Lisbon,Liverpool,Ljubljana,London,Los Angeles,
Luxembourg,Lyon,Madrid,Malaga,Malmö,Manchester,Manila,Marrakesh,Marseille,Melbourne,Memphis,Mexico City,Miami,Milan,Milwaukee,
Minneapolis,Montpellier,Montreal,Moscow,Mumbai,Munich,Nairobi,Nantes,Naples,Nashville,New Delhi,New Orleans,New York,Newcastle,
Newark,Nice,Nicosia,Norwich,Nottingham,Nuremberg,Oakland,Odense,Orlando,Osaka,Oslo,Ottawa,Oxford,Palermo,Palma,Paris,Perth,
Philadelphia,Phoenix,Pisa,Pittsburgh,Plymouth,Portland,Porto,Portsmouth,Prague,Quebec,Quito,Reykjavik,Riga,Rio de Janeiro,Riyadh,
Rome,Rotterdam,Sacramento,Saint Petersburg,Salt Lake City,Salzburg,San Antonio,San Diego,San Francisco,San Jose,Santiago,
Sarajevo,Seattle,Seoul,Seville,Shanghai,Sheffield,Singapore,Sligo,Sofia,Southampton,Split,Stavanger,Stockholm,Strasbourg,Stuttgart,
Swansea,Sydney,Taipei,Tallinn,Tampa,Tangier,Tbilisi,Tel Aviv,The Hague,Thessaloniki,Tirana,Tokyo,Toronto,Toulouse,Trieste,Tunis,
Turin,Utrecht,Valencia,Vancouver,Venice,Verona,Vienna,Vilnius,Warsaw,Washington,Waterford,Wellington,Wexford,Winnipeg,Zagreb,Zurich,
York
`;

export const cityNames: readonly string[] = list.split(/[,\n]+/).map((name) => name.trim()).filter((name) => name !== ''); // prettier-ignore
