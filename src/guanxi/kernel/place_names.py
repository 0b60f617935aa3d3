"""What traders write for a country or a currency beside its ISO code and its CLDR names. Pure data."""

from __future__ import annotations

# Keys are folded as `places._fold` does it: lower case, no accents, no punctuation, single spaces.
COUNTRY_ALIASES: dict[str, str] = {
    "america": "US", "the states": "US", "united states of america": "US", "u s a": "US", "u s": "US", "美国": "US",
    "美利坚合众国": "US",
    "uk": "GB", "u k": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB", "northern ireland": "GB", "united kingdom of great britain and northern ireland": "GB",
    "gbr": "GB", "英格兰": "GB", "大不列颠": "GB",
    "eire": "IE", "republic of ireland": "IE", "ireland republic of": "IE",
    # ISO has no code for the two bailiwicks together; Jersey is the larger, and law and hours are the same.
    "channel islands": "JE",
    "rsa": "ZA", "republic of south africa": "ZA",
    "uae": "AE", "u a e": "AE", "emirates": "AE", "dubai": "AE", "abu dhabi": "AE", "阿联酋": "AE", "迪拜": "AE",
    "ksa": "SA", "k s a": "SA", "kingdom of saudi arabia": "SA", "saudi": "SA", "沙特": "SA",
    "korea": "KR", "republic of korea": "KR", "korea republic of": "KR", "korea south": "KR", "s korea": "KR",
    "rok": "KR", "南韩": "KR", "大韩民国": "KR", "한국": "KR",
    "north korea": "KP", "dprk": "KP", "korea democratic peoples republic of": "KP",
    "prc": "CN", "p r china": "CN", "pr china": "CN", "peoples republic of china": "CN", "mainland china": "CN",
    "china mainland": "CN", "china peoples republic of": "CN", "中国大陆": "CN", "中华人民共和国": "CN",
    "taiwan province of china": "TW", "taiwan china": "TW", "chinese taipei": "TW", "taiwan roc": "TW",
    "台湾": "TW", "臺灣": "TW", "中国台湾": "TW",
    "hong kong": "HK", "hongkong": "HK", "hong kong sar": "HK", "hk sar": "HK", "香港": "HK", "中国香港": "HK",
    "hong kong china": "HK", "macao china": "MO", "macau china": "MO",
    "macao": "MO", "macau": "MO", "macao sar": "MO", "macau sar": "MO", "澳门": "MO", "中国澳门": "MO",
    "czech republic": "CZ", "czech": "CZ", "slovak republic": "SK", "holland": "NL", "the netherlands": "NL",
    "czech rep": "CZ", "federal republic of germany": "DE", "west germany": "DE", "brd": "DE",
    "turkey": "TR", "turkiye": "TR", "republic of turkiye": "TR",
    "russia": "RU", "russian federation": "RU", "俄国": "RU", "俄罗斯联邦": "RU",
    "viet nam": "VN", "socialist republic of vietnam": "VN", "iran islamic republic of": "IR",
    "lao peoples democratic republic": "LA", "lao pdr": "LA", "burma": "MM", "马来": "MY", "myanmar": "MM",
    "brunei darussalam": "BN", "east timor": "TL", "syrian arab republic": "SY",
    "palestine": "PS", "state of palestine": "PS", "palestine state of": "PS",
    "moldova republic of": "MD", "republic of moldova": "MD", "macedonia": "MK", "fyrom": "MK",
    "the former yugoslav republic of macedonia": "MK", "bosnia": "BA", "bosnia herzegovina": "BA",
    "vatican": "VA", "holy see": "VA", "faroes": "FO", "falklands": "FK", "falkland islands malvinas": "FK",
    "bolivia plurinational state of": "BO", "venezuela bolivarian republic of": "VE", "brasil": "BR",
    "tanzania united republic of": "TZ", "united republic of tanzania": "TZ", "ivory coast": "CI",
    "cabo verde": "CV", "swaziland": "SZ", "the gambia": "GM", "drc": "CD", "dr congo": "CD", "zaire": "CD",
    "congo the democratic republic of the": "CD", "democratic republic of the congo": "CD", "congo": "CG",
    "刚果金": "CD", "republic of the congo": "CG", "kosovo": "XK", "usvi": "VI", "us virgin islands": "VI",
    "virgin islands us": "VI", "virgin islands british": "VG", "st martin": "MF", "sint maarten": "SX",
    "micronesia federated states of": "FM", "pakistan islamic republic of": "PK", "p r bangladesh": "BD",
    # Said by exports that know no country.
    "unspecified": "", "unknown": "", "other": "", "n a": "", "na country": "", "none": "", "not specified": "",
    "european community": "", "european union": "", "europe": "", "eu": "", "world": "", "worldwide": "",
    "international": "", "其他": "", "未知": "", "欧盟": "",
}  # fmt: skip

CURRENCY_ALIASES: dict[str, str] = {
    "us$": "USD", "usd$": "USD", "$us": "USD", "u$s": "USD", "us dollar": "USD", "us dollars": "USD",
    "dollar": "USD", "dollars": "USD", "美元": "USD", "美金": "USD", "刀": "USD", "米ドル": "USD",
    "€": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR", "ユーロ": "EUR", "يورو": "EUR",
    "£": "GBP", "gb£": "GBP", "£stg": "GBP", "stg": "GBP", "sterling": "GBP", "pound sterling": "GBP",
    "pounds sterling": "GBP", "pound": "GBP", "pounds": "GBP", "英镑": "GBP",
    "rmb": "CNY", "rmb¥": "CNY", "¥rmb": "CNY", "cn¥": "CNY", "cny¥": "CNY", "yuan": "CNY", "renminbi": "CNY",
    "cnh": "CNY", "人民币": "CNY", "人民币元": "CNY", "元": "CNY", "块": "CNY", "人民元": "CNY",
    "jp¥": "JPY", "jpy¥": "JPY", "yen": "JPY", "円": "JPY", "日元": "JPY", "日圆": "JPY", "日本円": "JPY",
    "hk$": "HKD", "港币": "HKD", "港元": "HKD", "nt$": "TWD", "ntd": "TWD", "新台币": "TWD", "台币": "TWD",
    "s$": "SGD", "sg$": "SGD", "新元": "SGD", "新加坡元": "SGD", "坡币": "SGD",
    "a$": "AUD", "au$": "AUD", "aud$": "AUD", "澳元": "AUD", "澳币": "AUD", "nz$": "NZD", "纽元": "NZD",
    "c$": "CAD", "ca$": "CAD", "can$": "CAD", "cad$": "CAD", "加元": "CAD", "加币": "CAD",
    "mx$": "MXN", "mex$": "MXN", "比索": "MXN", "r$": "BRL", "real": "BRL", "reais": "BRL", "雷亚尔": "BRL",
    "ar$": "ARS", "clp$": "CLP", "col$": "COP", "s/": "PEN", "s/.": "PEN",
    "₹": "INR", "inr₹": "INR", "卢比": "INR", "₩": "KRW", "won": "KRW", "韩元": "KRW", "韩币": "KRW", "원": "KRW",
    "₽": "RUB", "руб": "RUB", "руб.": "RUB", "rouble": "RUB", "ruble": "RUB", "卢布": "RUB",
    "₺": "TRY", "tl": "TRY", "₫": "VND", "đ": "VND", "越南盾": "VND", "฿": "THB", "baht": "THB", "泰铢": "THB",
    "₱": "PHP", "₪": "ILS", "nis": "ILS", "₴": "UAH", "грн": "UAH", "₸": "KZT", "₦": "NGN", "৳": "BDT",
    "rm": "MYR", "马币": "MYR", "令吉": "MYR", "rp": "IDR", "rupiah": "IDR", "印尼盾": "IDR",
    "zł": "PLN", "zl": "PLN", "zloty": "PLN", "kč": "CZK", "kc": "CZK", "ft": "HUF", "lei": "RON",
    "chf": "CHF", "sfr": "CHF", "sfr.": "CHF", "fr.": "CHF", "瑞士法郎": "CHF",
    "dh": "AED", "dhs": "AED", "迪拉姆": "AED", "د.إ": "AED", "sr": "SAR", "ر.س": "SAR", "沙特里亚尔": "SAR",
    "r": "ZAR", "rand": "ZAR", "兰特": "ZAR", "ksh": "KES", "e£": "EGP",
}  # fmt: skip

# Signs that several currencies share: the country decides; without one, the second part, which is empty where a
# guess could be wrong by a factor of twenty.
SHARED_SIGNS: dict[str, tuple[frozenset[str], str]] = {
    "¥": (frozenset({"CNY", "JPY"}), ""),
    "$": (frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL"}), "USD"),
    "kr": (frozenset({"SEK", "NOK", "DKK", "ISK"}), ""),
    "kr.": (frozenset({"SEK", "NOK", "DKK", "ISK"}), ""),
    "rs": (frozenset({"INR", "PKR", "LKR", "NPR"}), "INR"),
    "rs.": (frozenset({"INR", "PKR", "LKR", "NPR"}), "INR"),
}
