//! Short articles about made-up events: several tellings of each, and a look-alike of every event.

/// The title and the text of a telling such as `flood-1`.
pub(super) fn telling(name: &str) -> (&'static str, &'static str) {
    TELLINGS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, title, text)| (*title, *text))
        .unwrap_or_else(|| panic!("no telling is called {name:?}"))
}

const TELLINGS: [(&str, &str, &str); 13] = [
    (
        "flood-1",
        "River Velm floods Port Ellery",
        "The river Velm burst its banks in Port Ellery on Monday night. Mayor Ines Calder ordered the evacuation of \
         the harbour quarter, where water stood knee-deep in the cellars.",
    ),
    (
        "flood-2",
        "Port Ellery evacuates its harbour quarter as the Velm rises",
        "Hundreds left the harbour quarter of Port Ellery after the Velm burst its banks. Rescue crews brought people \
         out by boat, said Mayor Ines Calder.",
    ),
    (
        "flood-3",
        "Velm flood: water still rising in Port Ellery",
        "Water in the harbour quarter of Port Ellery was still rising on Tuesday. The Velm burst its banks overnight; \
         Ines Calder, the mayor, asked for rescue boats.",
    ),
    (
        "flood-4",
        "Cellars under water in Port Ellery",
        "Crews pumped out cellars in the harbour quarter of Port Ellery, flooded by the Velm. Mayor Ines Calder said \
         the evacuation would last until the river fell.",
    ),
    (
        "other-flood-1",
        "Storm surge breaches the Harrow Falls dyke",
        "A storm surge broke through the sea dyke at Harrow Falls, and fields were flooded with salt water. Farmers \
         led by Greta Lindqvist moved cattle to higher ground.",
    ),
    (
        "other-flood-2",
        "Harrow Falls farmers save cattle after dyke breach",
        "Farmers at Harrow Falls drove cattle off the flooded fields after the sea dyke was breached. Greta Lindqvist \
         blamed the storm surge and years of neglect.",
    ),
    (
        "strike-1",
        "Train drivers strike across Norvane",
        "Train drivers in Norvane walked out over pay on Monday. Union leader Otto Brandt called the railway's offer \
         an insult, and most commuter services were cancelled.",
    ),
    (
        "strike-2",
        "Norvane commuters stranded as train drivers walk out",
        "Commuter services in Norvane were cancelled when train drivers walked out. Otto Brandt of the union said the \
         railway's pay offer was an insult.",
    ),
    (
        "strike-3",
        "Railway and union resume pay talks in Norvane",
        "The railway in Norvane and the train drivers' union resumed talks about pay. Otto Brandt said the drivers \
         would walk out again unless the offer rose.",
    ),
    (
        "trial-1",
        "Banker Alden on trial for fraud",
        "The banker Marcus Alden went on trial for fraud in Westmere. Prosecutors told the jury that Alden hid losses \
         of forty million from shareholders.",
    ),
    (
        "trial-2",
        "Jury hears of hidden losses in Alden fraud trial",
        "A jury in Westmere heard how the banker Marcus Alden hid losses from shareholders. Prosecutors accuse Alden \
         of fraud over forty million.",
    ),
    (
        "comet-1",
        "Comet Lowell visible to the naked eye",
        "Comet Lowell can be seen with the naked eye before dawn this week. Astronomers at the Kestrel observatory \
         measured a tail of dust and ice.",
    ),
    (
        "comet-2",
        "Dust tail of comet Lowell measured at Kestrel",
        "Astronomers at the Kestrel observatory photographed comet Lowell before dawn. Its tail of ice and dust can \
         be seen with the naked eye.",
    ),
];
