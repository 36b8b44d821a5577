(* Bounds: what theorems about claims rest on.

   A certificate is an identity m c = p + z in which m is positive, z is a combination of equations, hence 0, and p is
   a sum of products of what is not negative: so c is not negative. The first part is that inference; the second, facts
   about the functions of the language from which hypotheses of certificates are drawn. *)

From Coq Require Import Reals Lra Lia.
From LstmProof Require Import Functions Sums.
Open Scope R_scope.

(* ---- From an identity to an inequality ---- *)

Lemma at_least_zero (m c p z : R) : 0 < m -> m * c = p + z -> z = 0 -> 0 <= p -> 0 <= c.
Proof.
  intros M E Z P. apply (Rmult_le_reg_l m _ _ M). rewrite Rmult_0_r, E, Z. lra.
Qed.

Lemma above_zero (m c p z : R) : 0 < m -> m * c = p + z -> z = 0 -> 0 < p -> 0 < c.
Proof.
  intros M E Z P. apply (Rmult_lt_reg_l m _ _ M). rewrite Rmult_0_r, E, Z. lra.
Qed.

Lemma plus_above (p q : R) : 0 < p -> 0 <= q -> 0 < p + q.
Proof. lra. Qed.

(* ---- sigma, tanh and exp at arguments that differ by d ---- *)

Lemma exp_above z : 0 < exp z.
Proof. apply exp_pos. Qed.

Lemma exp_at_least z : 1 + z <= exp z.
Proof. apply exp_ineq1_le. Qed.

Lemma exp_opposite_bound z : exp z * (1 - z) <= 1.
Proof.
  pose proof (exp_at_least (- z)). pose proof (exp_pos z).
  replace 1 with (exp z * exp (- z)) at 2 by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
  apply Rmult_le_compat_l; lra.
Qed.

Lemma exp_minus u w : exp (u - w) * exp w = exp u.
Proof. rewrite <- exp_plus. f_equal. ring. Qed.

Lemma sigmoid_exp z : sigmoid z = exp z * (1 - sigmoid z).
Proof.
  unfold sigmoid. rewrite exp_Ropp. pose proof (exp_pos z). field. lra.
Qed.

Lemma tanh_exp z : 1 + tanh z = exp (2 * z) * (1 - tanh z).
Proof.
  replace (2 * z) with (z + z) by ring. rewrite exp_plus. unfold tanh, sinh, cosh. rewrite exp_Ropp.
  pose proof (exp_pos z). field. pose proof (Rmult_lt_0_compat _ _ H H). split; lra.
Qed.

(* Odds at d = u - w are e^d; with U = e^u and W = e^w no quotient is written. *)
Lemma odds_sigmoid d u w U W : d = u - w -> exp u = U -> exp w = W -> W * sigmoid d = U * (1 - sigmoid d).
Proof. intros -> <- <-. rewrite (sigmoid_exp (u - w)) at 1. rewrite <- (exp_minus u w). ring. Qed.

Lemma odds_tanh d u w U W : 2 * d = u - w -> exp u = U -> exp w = W -> W * (1 + tanh d) = U * (1 - tanh d).
Proof. intros E <- <-. rewrite (tanh_exp d), E, <- (exp_minus u w). ring. Qed.

Lemma odds_exp d u w U W : d = u - w -> exp u = U -> exp w = W -> W * exp d = U.
Proof. intros -> <- <-. rewrite Rmult_comm. apply exp_minus. Qed.

(* The odds at z are e^d times those at y, where z - y = d = u - w. *)
Lemma tied_sigmoid z y u w U W : z - y = u - w -> exp u = U -> exp w = W ->
  W * (sigmoid z * (1 - sigmoid y)) = U * (sigmoid y * (1 - sigmoid z)).
Proof.
  intros E <- <-. rewrite (sigmoid_exp z) at 1. replace z with ((u - w) + y) at 1 by lra. rewrite exp_plus.
  rewrite (sigmoid_exp y) at 2. rewrite <- (exp_minus u w). ring.
Qed.

Lemma tied_tanh z y u w U W : 2 * (z - y) = u - w -> exp u = U -> exp w = W ->
  W * ((1 + tanh z) * (1 - tanh y)) = U * ((1 + tanh y) * (1 - tanh z)).
Proof.
  intros E <- <-. rewrite (tanh_exp z), (tanh_exp y). replace (2 * z) with ((u - w) + 2 * y) by lra.
  rewrite exp_plus, <- (exp_minus u w). ring.
Qed.

Lemma tied_exp z y u w U W : z - y = u - w -> exp u = U -> exp w = W -> W * exp z = U * exp y.
Proof. intros E <- <-. rewrite <- !exp_plus. f_equal. lra. Qed.

(* Of two odds a / (1 - a) and p / (1 - p) of which the first is U / W times the second, U >= W > 0. *)
Lemma tied_order a p U W : 0 < a < 1 -> 0 < p < 1 -> 0 < W -> W <= U -> W * (a * (1 - p)) = U * (p * (1 - a)) ->
  p <= a /\ W * (1 - p) <= U * (1 - a) /\ W * a <= U * p.
Proof.
  intros [A A'] [P P'] HW L E.
  assert (O : p * (1 - a) <= a * (1 - p)).
  { apply (Rmult_le_reg_l W); [exact HW|]. rewrite E. apply Rmult_le_compat_r; [|exact L].
    apply Rmult_le_pos; lra. }
  assert (F : p <= a) by lra. repeat split; [exact F| |].
  - apply (Rmult_le_reg_l p); [exact P|]. replace (p * (U * (1 - a))) with (U * (p * (1 - a))) by ring.
    rewrite <- E. replace (p * (W * (1 - p))) with (W * (p * (1 - p))) by ring.
    apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_r; lra.
  - apply (Rmult_le_reg_r (1 - p)); [lra|]. replace (W * a * (1 - p)) with (W * (a * (1 - p))) by ring.
    rewrite E. replace (U * p * (1 - p)) with (U * (p * (1 - p))) by ring. apply Rmult_le_compat_l; [lra|].
    apply Rmult_le_compat_l; lra.
Qed.

Lemma exp_increasing_weakly u w : u <= w -> exp u <= exp w.
Proof. intros [L | ->]; [left; now apply exp_increasing|right; reflexivity]. Qed.

(* ---- Values at opposite and at scaled arguments ---- *)

Lemma sigmoid_zero : sigmoid 0 = 1 / 2.
Proof. unfold sigmoid. rewrite Ropp_0, exp_0. field. Qed.

Lemma sigmoid_opposite z y a : a = sigmoid y -> z = - y -> sigmoid z = 1 - a.
Proof.
  intros -> ->. unfold sigmoid. rewrite Ropp_involutive, exp_Ropp. pose proof (exp_pos y). field. lra.
Qed.

Lemma tanh_opposite z y a : a = tanh y -> z = - y -> tanh z = - a.
Proof.
  intros -> ->. unfold tanh, sinh, cosh. rewrite Ropp_involutive, exp_Ropp. pose proof (exp_pos y).
  pose proof (Rmult_lt_0_compat _ _ H H). field. split; lra.
Qed.

Lemma exp_opposite z y a : a = exp y -> z = - y -> exp z = / a.
Proof. intros -> ->. apply exp_Ropp. Qed.

Lemma Rabs_scaled z u c a : a = Rabs u -> 0 < c -> (z = c * u \/ z = - (c * u)) -> Rabs z = c * a.
Proof.
  intros -> C [-> | ->]; [|rewrite Rabs_Ropp]; rewrite Rabs_mult, (Rabs_pos_eq c); lra.
Qed.

Lemma maximum_of z w p q a : a = Rmax p q -> (z = p /\ w = q \/ z = q /\ w = p) -> Rmax z w = a.
Proof. intros -> [[-> ->]|[-> ->]]; [reflexivity|apply Rmax_comm]. Qed.

Lemma minimum_of z w m : Rmax (- z) (- w) = m -> Rmin z w = - m.
Proof. intros <-. unfold Rmin, Rmax. destruct (Rle_dec z w), (Rle_dec (- z) (- w)); lra. Qed.

Lemma inverse_scaled b u c r : r = / u -> b = c * u -> / b = / c * r.
Proof. intros -> ->. apply Rinv_mult. Qed.

(* ---- What is known of each function's value ---- *)

Lemma Rabs_facts z a : a = Rabs z -> 0 <= a /\ z <= a /\ - z <= a /\ a * a = z * z.
Proof.
  intros ->. split; [apply Rabs_pos|]. split; [apply Rle_abs|].
  split; [rewrite <- Rabs_Ropp; apply Rle_abs|exact (eq_sym (Rsqr_abs z))].
Qed.

Lemma Rabs_cases z a : a = Rabs z -> 0 <= z /\ a = z \/ 0 <= - z /\ a = - z.
Proof.
  intros ->. destruct (Rle_or_lt 0 z) as [H|H].
  - left. rewrite Rabs_pos_eq; lra.
  - right. rewrite Rabs_left; lra.
Qed.

Lemma Rmax_cases z w a : a = Rmax z w -> 0 <= z - w /\ a = z \/ 0 <= w - z /\ a = w.
Proof.
  intros ->. destruct (Rle_or_lt w z) as [H|H].
  - left. rewrite Rmax_left; lra.
  - right. rewrite Rmax_right; lra.
Qed.

Lemma Rmax_facts z w a : a = Rmax z w -> z <= a /\ w <= a /\ (a - z) * (a - w) = 0.
Proof.
  intros E. destruct (Rmax_cases z w a E) as [[H ->]|[H ->]]; (split; [lra|split; [lra|ring]]).
Qed.

Lemma inverse_facts b r : r = / b -> b <> 0 -> r * b = 1.
Proof. intros -> B. now apply Rinv_l. Qed.

Lemma inverse_above b r : r = / b -> 0 < b -> 0 < r.
Proof. intros -> B. now apply Rinv_0_lt_compat. Qed.

Lemma inverse_below b r : r = / b -> 0 < - b -> 0 < - r.
Proof. intros -> B. pose proof (Rinv_lt_0_compat b). lra. Qed.

Lemma ln_at_most z : 0 < z -> ln z <= z - 1.
Proof.
  intros Z. pose proof (exp_at_least (ln z)) as E. rewrite exp_ln in E by exact Z. lra.
Qed.

Lemma ln_at_least z : 0 < z -> z - 1 <= z * ln z.
Proof.
  intros Z. pose proof (ln_at_most (/ z) (Rinv_0_lt_compat _ Z)) as E. rewrite ln_Rinv in E by exact Z.
  assert (z * (/ z) = 1) by (apply Rinv_r; lra). pose proof (Rmult_le_compat_l z _ _ (Rlt_le _ _ Z) E). lra.
Qed.

Lemma softplus_above z : z < softplus z.
Proof.
  unfold softplus. rewrite <- (ln_exp z) at 1. pose proof (exp_pos z). apply ln_increasing; lra.
Qed.

Lemma pow_at_most_one a n : 0 <= a -> a <= 1 -> a ^ n <= 1.
Proof.
  intros A L. induction n; simpl; [lra|]. rewrite <- (Rmult_1_r 1). apply Rmult_le_compat; auto. now apply pow_le.
Qed.

Lemma Bernoulli a n : 0 <= a -> 1 + INR n * (a - 1) <= a ^ n.
Proof.
  intros A. induction n; [simpl; lra|]. rewrite S_INR. simpl.
  pose proof (Rmult_le_compat_l a _ _ A IHn) as L.
  pose proof (Rmult_le_pos _ _ (pos_INR n) (Rle_0_sqr (a - 1))) as Q. unfold Rsqr in Q. lra.
Qed.

(* ---- Signs of sums of products, without search: every factor is at hand ---- *)

Lemma square_nonnegative z : 0 <= z * z.
Proof. apply Rle_0_sqr. Qed.

Ltac nonnegative := first
  [ assumption
  | apply Rlt_le; assumption
  | lazymatch goal with
    | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; nonnegative
    | |- 0 <= ?a * ?a => apply square_nonnegative
    | |- 0 <= _ * (?a * ?a) => apply Rmult_le_pos; [nonnegative | apply square_nonnegative]
    | |- 0 <= _ * _ => apply Rmult_le_pos; nonnegative
    | |- _ => lra
    end ].

Ltac positive := first
  [ assumption
  | lazymatch goal with
    | |- 0 < _ + _ => apply plus_above; [positive | nonnegative]
    | |- 0 < _ * _ => apply Rmult_lt_0_compat; positive
    | |- _ => lra
    end ].

(* Two ways of writing one polynomial. *)
Ltac same := first [reflexivity | ring | field].

(* A conjunction, and those in it, taken apart; no other hypothesis is touched. *)
Ltac apart H := lazymatch type of H with
  | _ /\ _ => let left := fresh in let right := fresh in destruct H as [left right]; apart left; apart right
  | _ => idtac
  end.

(* The last step of a stage: its goals, polynomial inequalities, make up a comparison with |z| and maxima in it. *)
Ltac conclude := first
  [ assumption
  | lra
  | match goal with H : _ \/ _ |- _ => destruct H; conclude end
  | left; conclude
  | right; conclude ].

(* Sums that agree term by term, under as many signs as there are. *)
Ltac sums close := first [close | apply sum_over_ext; intros; cbv beta; sums close].
