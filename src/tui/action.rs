//! What the operator can do here, and what comes of it.

use crate::{
    secret::Secret,
    wizard::{Command, StepId},
};

/// What a key, a click or a wheel asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sends the line that was typed.
    Submit,
    /// Takes the option under the cursor.
    Take,
    /// Takes the option of that index.
    Pick(usize),
    /// Moves the cursor of a choice up.
    Up,
    /// Moves it down.
    Down,
    /// Agrees to the plan on the screen.
    Perform,
    /// Leaves the step as it is.
    Skip,
    /// One question back.
    Back,
    /// Scrolls what is in front by that many lines.
    Scroll(i16),
    /// Scrolls it by that many screens.
    Page(i16),
    /// To its beginning.
    Top,
    /// To its end.
    Bottom,
    /// Scrolls the column of what the servers say by that many screens.
    LivePage(i16),
    /// Opens an overlay, or closes it when it is open.
    Toggle(Overlay),
    /// Closes what is in front.
    Close,
    /// Goes to the fields, to change one.
    Fields,
    /// Goes to the field of that row and begins to change it.
    Field(usize),
    /// Moves the cursor over the fields up.
    FieldUp,
    /// Moves it down.
    FieldDown,
    /// Begins to change the field under the cursor.
    EditField,
    /// Takes the value that was typed.
    SaveField,
    /// Takes the last run back; what that means is asked about first.
    Undo,
    /// Reads live anew.
    Refresh,
    /// Goes to a step.
    Visit(StepId),
    /// Goes to the step at that place of the rail.
    Place(usize),
    /// Goes to the step after the one on the card.
    NextStep,
    /// Goes to the step before it.
    PreviousStep,
    /// Shows or hides the client secret.
    Reveal,
    /// Copies the login link, or the secret while it is shown.
    Copy,
    /// Opens the login link in a browser of this machine.
    Open,
    /// Ends the run; asks first while work is under way.
    Quit,
    /// Ends it after that question.
    ReallyQuit,
    /// Ctrl-C: stops the work, then the run.
    Interrupt,
    /// Ctrl-Z: back to the shell for a while.
    Suspend,
    /// Ctrl-L: draws everything anew.
    Redraw,
    /// The end was seen.
    Leave,
}

/// What may lie over the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// What will be sent, in full.
    Exact,
    /// What was done.
    Journal,
    /// The keys.
    Help,
    /// The login link's QR code alone.
    Code,
    /// What was checked between the four places.
    Map,
}

/// What the run loop shall do after an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Send this to the engine.
    Send(Command),
    /// Put this on the terminal's clipboard.
    Copy(Secret),
    /// Open this address in a browser.
    Open(String),
    /// Stop this process until the shell lets it go on.
    Suspend,
    /// Clear the terminal and draw everything anew.
    Redraw,
    /// Leave: the end was shown.
    Leave,
    /// Leave at once, without waiting for the engine.
    Abandon,
}
