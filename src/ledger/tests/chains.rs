//! How chains are written.

use super::*;

#[tokio::test]
async fn what_is_written_again_stands_once_wherever_its_chain_goes_on() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        let (one, two) = (bench.row(sign_up("a@b.example"), NOW), bench.row(confirm("a"), NOW));
        let (three, four) = (bench.row(confirm("b"), NOW), bench.row(confirm("c"), NOW));
        bench.write(&mut chain, std::slice::from_ref(&one)).await;
        // The answer to COMMIT got lost: the writer knows only what it knew before.
        let mut as_before = chain.clone();
        bench.write(&mut chain, std::slice::from_ref(&two)).await;

        bench.write(&mut as_before, &[three, one, two]).await;
        bench.write(&mut as_before, &[four]).await;

        assert_eq!(bench.count("attempts").await, 4);
        assert_eq!(bench.count("consents").await, 2);
        bench.assert_intact("a commit that went unanswered").await;
    })
    .await;
}

#[tokio::test]
async fn a_chain_notes_every_end_that_no_other_has_noted() {
    on_each_bench(async |bench| {
        let mut first = bench.begin(Kind::Accounts, NOW).await;
        let mut twin = bench.begin(Kind::Refusals, NOW).await;
        let row = bench.row(sign_up("a@b.example"), NOW);
        bench.write(&mut first, &[row]).await;
        let row = bench.row(refusal("a@b.example"), NOW);
        bench.write(&mut twin, &[row]).await;

        let mut second = bench.begin(Kind::Accounts, NOW + 1).await;
        let row = bench.row(confirm("a"), NOW + 1);
        bench.write(&mut second, &[row]).await;
        let noted_at_first = bench.count("noted_ends").await;
        let row = bench.row(confirm("b"), NOW + 2);
        bench.write(&mut first, &[row]).await;
        let mut third = bench.begin(Kind::Accounts, NOW + 2).await;
        let row = bench.row(confirm("c"), NOW + 2);
        bench.write(&mut third, &[row]).await;

        assert_eq!(noted_at_first, 2, "both that began at once");
        assert_eq!(bench.count("noted_ends").await, 4, "the second, and the first, which grew");
        bench.assert_intact("four chains").await;
    })
    .await;
}
